"""`molkit doctor`: what is installed, and whether the parts work together."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

_PACKAGES = ("molkit", "rdkit", "torch", "torch-geometric", "numpy", "pandas", "scikit-learn", "lightgbm", "deepchem")


def run_doctor() -> int:
    """Print versions and checks; 0 if every check passed, 2 otherwise."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    print(f"{'python':<16}{platform.python_version()} on {machine}")
    for name in _PACKAGES:
        print(f"{name:<16}{_version(name)}")
    failed = 0
    for label, check in _CHECKS.items():
        try:
            found = check()
        except Exception as error:
            failed += 1
            found = f"FAILED: {type(error).__name__}: {error}"
        print(f"{label:<28}{found}")
    print("Everything works." if not failed else f"{failed} checks failed; installing molkit again may help.")
    return 2 if failed else 0


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        why = " (needs Python below 3.12)" if name == "deepchem" and sys.version_info >= (3, 12) else ""
        return f"not installed{why}"


def _worker() -> str:
    from molkit.chem.policy import Policy
    from molkit.pipeline.describe import standardise_table

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "one.csv"
        table.write_text("smiles\n[Na+].CC(=O)[O-]\n")
        standardise_table(table, Path(folder) / "out.csv", Policy().mixtures, workers=1)
        found = (Path(folder) / "out.csv").read_text().splitlines()[1].split(",")[1]
    if found != "CC(=O)O":
        raise RuntimeError(f"sodium acetate became {found!r}")
    return "ok, sodium acetate becomes acetic acid"


def _torch() -> str:
    import torch

    device = f"CUDA {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else "CPU only"
    return f"ok, {device}, {torch.get_num_threads()} threads"


def _data() -> str:
    from molkit.data.cards import cards, shipped_path

    known = cards()
    shipped = [shipped_path(card.name).name for card in known.values() if card.shipped]
    return f"ok, {', '.join(shipped)}; cards of {len(known)} data sets"


def _temporary() -> str:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    return f"ok, {tempfile.gettempdir()}"


_CHECKS: dict[str, Callable[[], str]] = {
    "worker process": _worker,
    "torch": _torch,
    "shipped data": _data,
    "temporary folder": _temporary,
}
