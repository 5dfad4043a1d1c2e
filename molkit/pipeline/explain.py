"""What drives the prediction for one patient of a table, from the model file and that table alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.batching import Columns
from molkit.data.quantities import Quantity, quantities
from molkit.data.records import Record
from molkit.data.table import Table, read_table
from molkit.engine.jobs import Cells
from molkit.engine.score import score_chunk
from molkit.engine.scorer import Reading, scorer_from_bundles
from molkit.errors import InputError, NothingDone
from molkit.explain.alike import alike, groups_from
from molkit.explain.explanation import Explanation
from molkit.explain.patient import drivers, responses, risk_of
from molkit.features.inputs import KINDS, Input, explained
from molkit.pipeline.cells import Rows
from molkit.pipeline.makers import record_columns
from molkit.pipeline.opened import Model, open_scored, scored_rows
from molkit.pipeline.patients import PATIENTS
from molkit.pipeline.scoring import check_level
from molkit.types import Column

_GROUPS = ("pred", "interval", "domain", "status")


def explain_patient(
    model: Model, table_path: Path | str, patient: str, *, inputs: Sequence[str] = (), level: int = 90
) -> list[Explanation]:
    """Why the model says what it says of a patient: an explanation for each target of classes.

    A patient is named as in the column of subjects of a record, in the id or group column of a table, or by the number
    of the row where a table has neither. Raises InputError for a model of other inputs, or a patient who is not there.
    """
    one = _explained(model)
    source = open_scored((model,), table_path)
    table = read_table(source)
    rows = scored_rows((model,), source.names, source.smiles, source.path.parent, inputs)
    row, cell, note = _row_of(patient, table, rows, model.bundle.model["config"])
    scorer = scorer_from_bundles([model.bundle], groups=_GROUPS, exact=True, level=check_level(level))
    said = score_chunk(scorer, Cells([cell], row), lambda place: None, {})
    if said["status"][0] != "ok":
        raise NothingDone(f"no prediction for {patient}, row {row}: {said['reason'][0]}")
    kept = model.bundle.json(PATIENTS) if PATIENTS in model.bundle.entries else {"plausible": {}, "groups": {}}
    reader: Any = KINDS[one.kind].reader
    found = _Asked(scorer.readings[0], reader(**one.options), reader(**one.options)(cell), kept)
    shown = {name: values[0] for name, values in said.items()}
    notes = (note,) if note else ()
    return [found.told(own, patient, row, shown, level, notes) for own in _of_classes(model)]


def _explained(model: Model) -> Input:
    one = explained(model.inputs)
    if one is None:
        read = " and ".join(KINDS[own.kind].words.partition(",")[0] for own in model.inputs)
        raise InputError(
            f"--explain: {model.path.name} reads {read}, of which no explanation can be made yet; models of one health"
            " record, or of the columns of a table, have one"
        )
    return one


def _of_classes(model: Model) -> list[Quantity]:
    found = [own for own in quantities(model.targets) if own.target.kind != "regression"]
    if not found:
        raise InputError(f"--explain: {model.path.name} predicts numbers; only the risk of a class is explained")
    return found


def _row_of(patient: str, table: Table, rows: Rows, config: Mapping[str, Any]) -> tuple[int, Any, str]:
    """Number of the row of a patient, from 1, what the model reads of it, and a note; the newest of several."""
    (one,) = rows.inputs
    places = _places(patient, table, one, config)
    part = Table(
        table.names,
        {name: [cells[place] for place in places] for name, cells in table.columns.items()},
        places[0] + table.first_row,
    )
    cells = rows.cells(part)[one.name]
    chosen = max(range(len(places)), key=lambda i: (cells[i].time if isinstance(cells[i], Record) else -np.inf, i))
    row = places[chosen] + table.first_row
    several = f"The newest of {len(places)} rows, row {row}, is explained." if len(places) > 1 else ""
    return row, cells[chosen], several


def _places(patient: str, table: Table, one: Input, config: Mapping[str, Any]) -> list[int]:
    """The rows of a patient, counted from 0; raises InputError if there is none."""
    column = _patient_column(table, one, config)
    if column is not None:
        found = [place for place, cell in enumerate(table.columns[column]) if str(cell).strip() == patient.strip()]
        where = f"the column '{column}' has no {patient!r}"
    else:
        row = int(patient) if patient.strip().isdecimal() else 0
        found = [row - table.first_row] if 0 <= row - table.first_row < len(table) else []
        where = f"expected the number of a row, from 1 to {len(table):,}, as the model knows no column of names"
    if not found:
        raise InputError(f"--explain {patient}: {where}; nothing is explained")
    return found


def _patient_column(table: Table, one: Input, config: Mapping[str, Any]) -> str | None:
    if one.kind == "record":
        return record_columns(one, table.names)[0]
    return next((config[key] for key in ("id", "group") if config.get(key) in table.names), None)


class _Asked:
    """A model that is asked about one patient."""

    def __init__(self, reading: Reading, reader: Any, item: Any, kept: Mapping[str, Any]) -> None:
        self.ensemble, self.featurizers = reading.models[0].ensemble, reading.featurizers
        self.targets = reading.models[0].targets
        self.reader, self.item, self.kept = reader, item, kept

    def told(
        self, own: Quantity, patient: str, row: int, shown: Mapping[str, Any], level: int, notes: tuple[str, ...]
    ) -> Explanation:
        """What there is to tell of a target; of several classes, of the most probable one."""
        models = self._fold_models()
        k = own.columns[int(models.mean(axis=0)[list(own.columns)].argmax())]
        risk, target = risk_of(self.ensemble, self.featurizers, k), self.targets[k]
        value = float(risk([self.item])[0])
        groups = self.kept["groups"].get(target.name)
        known = self.reader.variables(self.item)
        return Explanation(
            patient=patient,
            row=row,
            outcome=f"{own.target.name} = {target.classes[1]}" if target.classes else target.name,
            risk=value,
            models=(float(models[:, k].min()), float(models[:, k].max())),
            classes=shown.get(f"{own.target.name}_set{level}") or "",
            level=level,
            verdict=shown.get("in_domain") or "",
            drivers=tuple(drivers(risk, self.reader, self.item)),
            alike=None if groups is None else alike(groups_from(groups), value, known),
            responses=tuple(responses(risk, self.reader, self.item, self.kept["plausible"])),
            notes=notes,
        )

    def _fold_models(self) -> np.ndarray:
        """What the ensemble would say with one fold model of each learner, [models, K]."""
        columns: Columns = {
            key: Column(make([self.item]), np.zeros(1, np.int64)) for key, make in self.featurizers.items()
        }
        said = self.ensemble.predict_models(columns)
        most = max(map(len, said))
        return np.stack([self.ensemble.combine([part[i % len(part)] for part in said])[0] for i in range(most)])
