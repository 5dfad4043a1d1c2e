"""One chunk to its output columns: whatever happens to a row, its neighbours keep theirs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from trained import tree_model

from molkit.bundle import read_bundle
from molkit.chem.draw import drawn_block
from molkit.chem.properties import profile_properties
from molkit.engine.cells import measured_scale, stereo_ranges
from molkit.engine.columns import PROPERTY_NAMES
from molkit.engine.jobs import IDLE, Cells, cell_chunks
from molkit.engine.score import score_chunk
from molkit.engine.scorer import Scorer, load_scorer, scorer_from_bundles
from molkit.trust import trust_from_one_width
from molkit.types import Problem, Target

CELLS = ["CCO", "CC(O)F", "xx", "c1ccccc1", "", "CCCCCCCC", "OCC"]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer([str(tree_model())])


def scored(scorer: Scorer, cells: list[Any], **options: Any) -> dict[str, list[Any]]:
    return score_chunk(scorer, Cells(cells, **options), lambda row: None, {})


class Poisoned:
    """A learner that answers `value` for structures of so many heavy atoms."""

    kind = "poisoned"

    def __init__(self, learner: Any, value: float, atoms: float) -> None:
        self.learner, self.value, self.atoms, self.needs = learner, value, atoms, learner.needs

    def predict(self, columns: Any) -> np.ndarray:
        values = self.learner.predict(columns).copy()
        heavy = columns["drug/descriptors"].values[:, 1]
        values[heavy == self.atoms] = self.value
        return values


def with_model(scorer: Scorer, **parts: Any) -> Scorer:
    """The scorer with other parts of its one model."""
    (reading,) = scorer.readings
    return replace(scorer, readings=(replace(reading, models=(replace(reading.models[0], **parts),)),))


def with_poison(scorer: Scorer, value: float) -> Scorer:
    """The scorer with that prediction for every molecule of four heavy atoms."""
    ensemble = scorer.readings[0].models[0].ensemble
    models = tuple(Poisoned(model, value, atoms=4) for model in ensemble.members[0])
    return with_model(scorer, ensemble=replace(ensemble, members=(models,)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_prediction_that_is_no_number_costs_its_row_only(scorer: Scorer, value: float) -> None:
    clean = scored(scorer, CELLS)
    poisoned = with_poison(scorer, value)  # CC(O)F, two isomers
    found = scored(poisoned, CELLS)
    assert found["status"] == ["ok", "non_finite", "invalid_syntax", "ok", "empty", "ok", "ok"]
    assert "Row 2" in found["reason"][1]
    for name, values in found.items():
        if name not in ("status", "reason"):
            assert values[1] is None, name
        assert [v for i, v in enumerate(values) if i != 1] == [v for i, v in enumerate(clean[name]) if i != 1], name


def test_a_logarithm_too_large_to_undo_is_no_number(scorer: Scorer) -> None:
    target = Target("y", "regression", log=True)
    assert measured_scale(target, np.array([400.0, -400.0, 2.0])) == [math.inf, 0.0, 100.0]
    logged = with_model(scorer, targets=(replace(scorer.readings[0].models[0].targets[0], log=True),))
    found = scored(with_poison(logged, 400.0), CELLS)
    assert found["status"][:2] == ["ok", "non_finite"]
    wide = trust_from_one_width([1.0], 1, {"edge": 0.4, "out": 0.3})
    edge = scored(with_model(with_poison(logged, 38.0), trust=wide), CELLS)
    assert (edge["status"][1], edge["logS_hi90"][1]) == ("ok", None)


def test_rows_that_killed_a_worker_are_not_touched_again(scorer: Scorer) -> None:
    seen: list[int] = []
    skip = {0: Problem("timeout", "stopped"), 3: Problem("crashed", "died")}
    found = score_chunk(scorer, Cells(CELLS, first_row=101), seen.append, skip)
    assert not {0, 3} & set(seen)
    assert seen[-1] == IDLE
    assert found["status"][0] == "timeout"
    assert found["reason"][3] == "Row 104: died"


def test_faults_of_the_table_are_reported_not_read(scorer: Scorer) -> None:
    chunks = list(cell_chunks(["C", "CC", "CCC"], {2: "Line 3 of the file was cut."}, 2))
    assert [(chunk.first_row, len(chunk.texts)) for chunk in chunks] == [(1, 2), (3, 1)]
    found = score_chunk(scorer, chunks[0], lambda row: None, {})
    assert found["status"] == ["ok", "invalid_syntax"]
    assert found["reason"][1] == "Row 2: Line 3 of the file was cut."


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("Invariant"), ValueError()])
def test_a_library_that_fails_on_one_structure_costs_that_row(
    scorer: Scorer, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = scored(scorer, CELLS)
    key = "drug/fingerprint"
    (reading,) = scorer.readings
    (reader,) = reading.readers
    real = reader.featurizers[key]

    def failing(mols: Any) -> Any:
        if any(mol.GetNumAtoms() == 6 for mol in mols):
            raise error
        return real(mols)

    broken = replace(reading, readers=(replace(reader, featurizers={**reader.featurizers, key: failing}),))
    found = scored(replace(scorer, readings=(broken,)), CELLS)
    expected = "too_large" if isinstance(error, MemoryError) else "crashed"
    assert found["status"] == [expected if i == 3 else status for i, status in enumerate(clean["status"])]
    for name in ("logS_pred", "nearest_train", "smiles_std"):
        assert [v for i, v in enumerate(found[name]) if i != 3] == [v for i, v in enumerate(clean[name]) if i != 3]
        assert found[name][3] is None


def test_every_group_of_columns() -> None:
    bundle = read_bundle(tree_model())
    groups = ("pred", "alerts", "inchikey", "molblock")
    found = scored(scorer_from_bundles([bundle], groups=groups), ["CCO", "xx"])
    assert set(found) == {"logS_pred", "alerts", "inchikey", "molblock", "status"}
    assert found["molblock"] == [drawn_block(Chem.MolFromSmiles("CCO")), None]


def test_an_empty_chunk_and_one_without_structures(scorer: Scorer) -> None:
    assert all(values == [] for values in scored(scorer, []).values())
    assert scored(scorer, ["", None])["status"] == ["empty", "empty"]


def test_the_range_over_isomers_is_at_the_prevalence_of_the_prediction(scorer: Scorer) -> None:
    (target,), model = scorer.readings[0].models[0].targets, scorer.readings[0].models[0]
    classed = replace(target, kind="binary", log=False, classes=("no", "yes"))
    trust = replace(model.trust, shares=(0.5,))
    same = with_model(scorer, targets=(classed,), trust=trust, prevalences={target.name: 0.1})
    low, high = np.array([[0.4]]), np.array([[0.6]])
    (said,) = stereo_ranges(same.readings[0].models[0], low, high)
    odds = np.array([0.4 / 0.6, 0.6 / 0.4]) / 9
    ends = [f"{end:.4g}" for end in odds / (1 + odds)]
    assert said.endswith(f"{target.name} {ends[0]} to {ends[1]}")


def test_the_columns_of_properties_are_what_is_computed() -> None:
    assert tuple(profile_properties(Chem.MolFromSmiles("CCO"))) == PROPERTY_NAMES
