"""`molkit predict --explain`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from molkit.cli.output import print_json
from molkit.errors import InputError
from molkit.explain.text import patient_text
from molkit.pipeline.explain import explain_patient
from molkit.pipeline.opened import open_models


def run_explain(
    models: Sequence[Path], table: str, patient: str, inputs: Sequence[str], level: int, as_json: bool
) -> None:
    """Print why a model says what it says of one patient of a table."""
    if len(models) > 1:
        raise InputError("--explain takes one model at a time")
    if not Path(table).exists():
        raise InputError(f"{table}: there is no such table")
    found = explain_patient(open_models(models)[0], table, patient, inputs=inputs, level=level)
    if as_json:
        print_json([own.to_dict() for own in found])
    else:
        print("\n\n".join(map(patient_text, found)))
