"""The data sets that come with molkit."""

from __future__ import annotations

from pathlib import Path

from molkit.errors import InputError

SHIPPED = {
    "solubility": "solubility/solubility.csv",
    "approved_drugs": "approved_drugs/approved_drugs.csv",
}


def shipped_path(name: str) -> Path:
    """The table of a shipped data set; raises InputError for an unknown name."""
    if name not in SHIPPED:
        raise InputError(f"no data set {name!r} is shipped; known are {', '.join(SHIPPED)}")
    package = Path(__file__).resolve().parents[1]
    for root in (package / "datasets", package.parent / "datasets"):  # installed, or a checkout
        if (root / SHIPPED[name]).exists():
            return root / SHIPPED[name]
    raise InputError(f"the shipped data set {name!r} is missing from this installation; install molkit again")
