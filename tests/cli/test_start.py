"""What starting a command costs and loads."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from trained import COMMAND, stacked_model, tree_model

HEAVY = {"torch", "pandas", "sklearn", "lightgbm", "torch_geometric", "pyarrow", "matplotlib", "deepchem", "scipy"}


def seconds(*arguments: object) -> float:
    """Processor time of a command and its workers."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*COMMAND, *map(str, arguments)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loaded(script: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", script + ";import sys;print(*sys.modules)"], capture_output=True, check=True
    )
    return set(ran.stdout.decode().splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_is_light(arguments: list[str]) -> None:
    assert min(seconds(*arguments) for _ in range(2)) < 0.4


def test_importing_molkit_loads_nothing_heavy() -> None:
    assert not loaded("import molkit, molkit.cli.app") & (HEAVY | {"rdkit", "numpy"})


def test_a_prediction_loads_only_what_its_model_needs() -> None:
    script = (
        "from molkit.engine.score import load_scorer, score_chunk; from molkit.engine.jobs import Cells;"
        "scorer = load_scorer({!r}); score_chunk(scorer, Cells(['CCO']), lambda row: None, {{}})"
    )
    assert not loaded(script.format(str(tree_model()))) & HEAVY
    assert not loaded(script.format(str(stacked_model()))) & (HEAVY - {"torch"})


def test_one_molecule_costs_little() -> None:
    """The caller and its worker together; measured twice, because the machine may be busy."""
    assert min(seconds("predict", tree_model(), "CCO") for _ in range(2)) < 1.5
    assert min(seconds("predict", stacked_model(), "CCO") for _ in range(2)) < 2.5
