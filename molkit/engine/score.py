"""One chunk of cells to the columns of a prediction. A pure function of the chunk and the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem

from molkit.bundle import Bundle, read_bundle
from molkit.chem.alerts import alerts
from molkit.chem.draw import drawn_block
from molkit.chem.identity import inchikey
from molkit.chem.standardise import Policy, policy_from_dict
from molkit.domain import Domain, SimilarityIndex, domain_from_dict
from molkit.engine.columns import DEFAULT_GROUPS, DRAWN, nearest_value_name, output_names, targets_from
from molkit.engine.jobs import IDLE, Cells, Tick
from molkit.engine.structures import (
    Chunk,
    Featurizers,
    featurize,
    guarded,
    new_featurizers,
    read_chunk,
    status_columns,
)
from molkit.errors import BundleError
from molkit.features import packed_bits
from molkit.learners import learner_from_state
from molkit.learners.protocol import Learner, State
from molkit.learners.stack import Ensemble
from molkit.types import Column, Problem, Target


@dataclass(frozen=True)
class Scorer:
    """A model made ready to predict."""

    targets: tuple[Target, ...]
    policy: Policy
    featurizers: Featurizers
    ensemble: Ensemble
    half_widths: Sequence[float | None]
    domain: Domain
    index: SimilarityIndex | None
    training: dict[str, list[str]]  # "smiles", and "ids" if the compounds have names
    training_values: np.ndarray
    names: tuple[str, ...]


def load_scorer(path: str, groups: tuple[str, ...] = DEFAULT_GROUPS, sha256: str | None = None) -> Scorer:
    """Set-up of a worker that scores, from a model file; raises BundleError if its content hash is not `sha256`."""
    bundle = read_bundle(Path(path))
    if sha256 is not None and bundle.sha256 != sha256:
        raise BundleError(f"{path}: the model file has changed since it was loaded; load it again")
    return scorer_from_bundle(bundle, groups)


def scorer_from_bundle(bundle: Bundle, groups: tuple[str, ...] = DEFAULT_GROUPS) -> Scorer:
    """The parts of a model file that the wanted column groups need."""
    model = bundle.model
    ensemble = ensemble_from_bundle(bundle)
    structures = "training.safetensors" in bundle.entries and not {"domain", "nearest"}.isdisjoint(groups)
    training = bundle.arrays("training.safetensors") if structures else {}
    keys = set(ensemble.needs)
    return Scorer(
        targets=targets_from(model),
        policy=policy_from_dict(model["policy"]),
        featurizers=new_featurizers(sorted(keys | {"drug/fingerprint"} if structures else keys), model["featurizers"]),
        ensemble=ensemble,
        half_widths=model["half_widths"],
        domain=domain_from_dict(model["domain"]),
        index=SimilarityIndex(training["bits"]) if structures else None,
        training=bundle.json("training.json") if structures else {},
        training_values=training.get("values", np.empty(0)),
        names=tuple(output_names(model, groups)) + ((DRAWN,) if DRAWN in groups else ()),
    )


def ensemble_from_bundle(bundle: Bundle) -> Ensemble:
    """The fitted learners of a model file."""
    learners = bundle.model["learners"]
    members = [
        tuple(_fold_model(bundle, f"learners/{place}/{model}", learner["name"]) for model in range(learner["models"]))
        for place, learner in enumerate(learners)
    ]
    return Ensemble(
        names=tuple(learner["name"] for learner in learners),
        members=tuple(members),
        weights=np.array(bundle.model["weights"]),
        calibration=np.array(bundle.model["calibration"]),
        binary=np.array([target["kind"] == "binary" for target in bundle.model["targets"]]),
    )


def _fold_model(bundle: Bundle, folder: str, name: str) -> Learner:
    config, arrays = bundle.json(f"{folder}/config.json"), bundle.arrays(f"{folder}/arrays.safetensors")
    return learner_from_state(name, State(config, arrays))


def score_chunk(scorer: Scorer, cells: Cells, tick: Tick, skip: Mapping[int, Problem]) -> dict[str, list[Any]]:
    """Every column of `output_names`, and "status", for every row of the chunk in order."""
    known = {**cells.faults, **skip}
    chunk = read_chunk(cells.texts, scorer.policy, tick, known, enumerate_stereo=True)
    values = featurize(chunk, scorer.featurizers, tick)
    columns: dict[str, list[Any]] = {name: [None] * chunk.size for name in scorer.names}
    spans: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    owners = list(chunk.rows)  # of `values`; rows without a finite prediction leave the chunk
    if owners:
        features = {key: Column(value, np.arange(len(chunk.mols))) for key, value in values.items()}
        predictions = scorer.ensemble.predict(features)
        spans = _predictions(scorer, chunk, predictions, columns)
    if owners and scorer.index is not None:
        counts = values["drug/fingerprint"]
        assert isinstance(counts, np.ndarray)
        _nearest(scorer, owners, packed_bits(counts), columns)
        for row in chunk.problems.keys() & set(owners):
            _blank(columns, row)
    _texts(chunk, columns, tick)
    if "note" in columns:
        for row, structure in chunk.structures.items():
            columns["note"][row] = "; ".join([*structure.notes, *_stereo_note(scorer, spans, row)]) or None
    status = status_columns(chunk, cells.first_row)
    return columns | (status if "status" in columns else {"status": status["status"]})


def _predictions(
    scorer: Scorer, chunk: Chunk, predictions: np.ndarray, columns: dict[str, list[Any]]
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Fill the prediction columns; returns the range over stereoisomers of the rows that have several."""
    rows, starts, counts = np.unique(chunk.rows, return_index=True, return_counts=True)
    mean = np.add.reduceat(predictions, starts) / counts[:, None]
    low, high = np.minimum.reduceat(predictions, starts), np.maximum.reduceat(predictions, starts)
    for place, row in enumerate(rows.tolist()):
        shown = [measured_scale(target, float(mean[place, k])) for k, target in enumerate(scorer.targets)]
        if not np.isfinite(shown).all():
            chunk.drop(row, Problem("non_finite", "the model gives no finite number for this structure."))
            continue
        for k, target in enumerate(scorer.targets):
            for name, value in _target_cells(target, float(mean[place, k]), scorer.half_widths[k]).items():
                if name in columns:
                    columns[name][row] = value
    return {
        int(row): (low[place], high[place])
        for place, row in enumerate(rows)
        if counts[place] > 1 and int(row) in chunk.structures
    }


def _target_cells(target: Target, value: float, half_width: float | None) -> dict[str, Any]:
    name = target.name
    cells: dict[str, Any] = {f"{name}_pred": measured_scale(target, value)}
    if target.kind == "binary" and target.classes:
        cells[f"{name}_label"] = target.classes[value >= target.threshold]
    elif half_width is not None:
        ends = measured_scale(target, value - half_width), measured_scale(target, value + half_width)
        cells |= {f"{name}_lo90": ends[0], f"{name}_hi90": ends[1] if np.isfinite(ends[1]) else None}
    return cells


def _blank(columns: dict[str, list[Any]], row: int) -> None:
    for values in columns.values():
        values[row] = None


def measured_scale(target: Target, value: float) -> float:
    """The model's number on the scale of the measured one: the only place where a log is undone."""
    with np.errstate(over="ignore"):  # infinity is for the caller to notice
        shown = np.float32(np.power(10.0, value) if target.log else value)
    return float(str(shown))  # the shortest digits that a float32 needs


def _stereo_note(scorer: Scorer, spans: Mapping[int, tuple[np.ndarray, np.ndarray]], row: int) -> list[str]:
    if row not in spans:
        return []
    ranges = ", ".join(
        f"{target.name} {measured_scale(target, float(low)):.4g} to {measured_scale(target, float(high)):.4g}"
        for target, low, high in zip(scorer.targets, *spans[row], strict=True)
    )
    return [f"stereo_undefined: mean over stereoisomers, {ranges}"]


def _nearest(scorer: Scorer, owners: Sequence[int], bits: np.ndarray, columns: dict[str, list[Any]]) -> None:
    assert scorer.index is not None
    nearest, similarity = scorer.index.nearest(bits)
    best: dict[int, int] = {}
    for place, row in enumerate(owners):
        if row not in best or similarity[place] > similarity[best[row]]:
            best[row] = place
    for row, place in best.items():
        if "in_domain" in columns:
            columns["in_domain"][row] = scorer.domain.verdict(similarity[place : place + 1])[0]
        if "nearest_train" not in columns:
            continue
        compound = int(nearest[place])
        columns["nearest_train"][row] = scorer.training["smiles"][compound]
        if "nearest_train_id" in columns:
            columns["nearest_train_id"][row] = scorer.training["ids"][compound]
        columns["nearest_train_similarity"][row] = round(float(similarity[place]), 4)
        for k, target in enumerate(scorer.targets):
            value = float(scorer.training_values[compound, k])
            columns[nearest_value_name(target)][row] = None if np.isnan(value) else value


_TEXTS: dict[str, Callable[[Chem.Mol], str]] = {
    "smiles_std": Chem.MolToSmiles,
    "inchikey": inchikey,
    "alerts": lambda mol: "; ".join(alerts(mol)),
    DRAWN: drawn_block,
}


def _texts(chunk: Chunk, columns: dict[str, list[Any]], tick: Tick) -> None:
    for name, function in _TEXTS.items():
        if name not in columns:
            continue
        for row, structure in chunk.structures.items():
            tick(row)
            found = guarded(partial(function, structure.mol))
            columns[name][row] = None if isinstance(found, Problem) else found
    tick(IDLE)
