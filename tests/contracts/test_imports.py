"""Which part may import which, and what is loaded when."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from forked import JOBS

import molkit

ROOT = Path(molkit.__file__).parent
# From low to high. A part imports only parts of lower layers; parts of one layer know nothing of each other.
LAYERS = (
    ("errors",),
    ("types",),
    ("chem", "data", "evaluation", "imbalance"),
    ("features",),
    ("nn", "training"),
    ("learners",),
    ("bundle", "config", "domain"),
    ("neighbours", "trust", "explain"),
    ("engine",),
    ("pipeline",),
    ("profile", "tuning"),
    ("report", "screening", "audit"),
    ("generation",),
    ("frames",),
    ("api",),
    ("latent",),
    ("estimators",),
    ("cli",),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
HEAVY = (
    "torch",
    "rdkit",
    "numpy",
    "pandas",
    "sklearn",
    "lightgbm",
    "scipy",
    "pyarrow",
    "deepchem",
    "torch_geometric",
    "optuna",
    "PIL",
    "pydicom",
    "matplotlib",
    "monai",
)


@cache
def modules() -> list[tuple[str, ast.Module]]:
    paths = sorted(ROOT.rglob("*.py"))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


@cache
def imported(name: str, tree: ast.Module) -> list[str]:
    """Dotted names that a module imports anywhere, type checking included, relative ones made absolute."""
    return list(_imported(["molkit", *Path(name).parts[:-1]], tree))


def _imported(package: list[str], tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def part_of(dotted: str) -> str | None:
    """The part of molkit that a dotted name belongs to; names of molkit itself belong to none."""
    names = dotted.split(".")
    return names[1] if names[0] == "molkit" and len(names) > 1 and names[1] != "__version__" else None


def test_every_part_has_a_layer() -> None:
    parts = {Path(name).parts[0].removesuffix(".py") for name, _ in modules()} - {"__init__", "__main__"}
    assert parts == set(LEVEL)


def test_imports_go_down_only() -> None:
    climbs = []
    for name, tree in modules():
        own = Path(name).parts[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue
        for dotted in imported(name, tree):
            part = part_of(dotted)
            if part is not None and part != own and LEVEL[part] >= LEVEL[own]:
                climbs.append(f"{name} imports {dotted}")
    assert climbs == []


def test_only_the_worker_pipe_pickles() -> None:
    """Between a process and its own children pickles are safe; in files they never are."""
    users = {name for name, tree in modules() for dotted in imported(name, tree) if _pickles(dotted)}
    assert users <= {"engine/child.py", "engine/workers.py"}


def _pickles(dotted: str) -> bool:
    first = dotted.split(".")[0]
    return first in ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "multiprocessing")


def test_nothing_is_loaded_by_torch_or_numpy_pickles() -> None:
    calls = []
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                if (owner, node.func.attr) in {("torch", "load"), ("torch", "save"), ("pd", "read_pickle")}:
                    calls.append(f"{name}:{node.lineno}")
                if any(k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords):
                    calls.append(f"{name}:{node.lineno}")
    assert calls == []


def test_nothing_reaches_for_the_network() -> None:
    forbidden = {"socket", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}
    users = {f"{name}: {dotted}" for name, tree in modules() for dotted in imported(name, tree)}
    assert not {use for use in users if use.split(": ")[1].split(".")[0] in forbidden}


def test_downloads_and_deepchem_have_one_place_each() -> None:
    users = {(dotted.split(".")[0], name) for name, tree in modules() for dotted in imported(name, tree)}
    assert {use for use in users if use[0] in ("pooch", "deepchem")} == {
        ("pooch", "data/fetch.py"),
        ("deepchem", "data/moleculenet.py"),
    }


def loaded(code: str) -> set[str]:
    """Top-level modules in memory after running `code` in a fresh interpreter."""
    report = "\nimport json, sys; print('\\n' + json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    run = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_molkit_loads_nothing_heavy() -> None:
    assert not loaded("import molkit") & set(HEAVY)


ALONE = """
import importlib, os, sys
import numpy, rdkit.Chem
for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        importlib.import_module(name)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""


def test_jobs_of_workers_import_alone() -> None:
    """As in a worker process; those of most tests have more of molkit in memory."""
    run = subprocess.run([sys.executable, "-c", ALONE, *JOBS], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


HELP = """
import sys
from molkit.cli import main
sys.argv = ["molkit", *{arguments}]
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], *([name, "--help"] for name in ("train", "tune", "predict", "embed", "screen"))]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded(HELP.format(arguments=[*arguments, "--help"])) & set(HEAVY)


SCORE = """
from molkit.engine.jobs import Cells
from molkit.engine.score import score_chunk
from molkit.engine.scorer import load_scorer
scorer = load_scorer([{path!r}])
found = score_chunk(scorer, Cells(["CCO", "CCCN"]), lambda row: None, {{}})
assert found["status"] == ["ok", "ok"], found
assert all(isinstance(value, float) for value in found["value_pred"]), found
"""


@pytest.mark.parametrize(
    ("kind", "kept_out"),
    [
        ("boosting", {"torch", "sklearn", "lightgbm", "pandas", "torch_geometric", "deepchem"}),
        ("dmpnn", {"sklearn", "lightgbm", "pandas", "torch_geometric", "deepchem"}),
    ],
)
def test_predicting_loads_only_what_the_model_needs(kind: str, kept_out: set[str], models: dict[str, Path]) -> None:
    assert not loaded(SCORE.format(path=str(models[kind]))) & kept_out
