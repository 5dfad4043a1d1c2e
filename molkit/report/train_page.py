"""What `molkit train` found, as a page beside the model file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from molkit.data.quantities import Quantity, quantities
from molkit.evaluation.confusion import Confusion
from molkit.evaluation.entities import Breakdown
from molkit.evaluation.scores import Score
from molkit.features.inputs import of_molecules
from molkit.pipeline.scale import model_unit
from molkit.pipeline.train import TrainResult
from molkit.pipeline.trusted import errors_of
from molkit.report.drawings import draw_smiles
from molkit.report.figures import Picture, drawn
from molkit.report.page import (
    Block,
    Cell,
    bullets,
    escaped,
    facts,
    interval_cell,
    mark_cell,
    markdown,
    page,
    paragraphs,
    picture,
    table,
)
from molkit.report.plots import model_pictures
from molkit.report.roles import VERDICTS
from molkit.report.trust_plots import coverage_of, error_by_similarity_plot
from molkit.types import Target

MOST_EXAMPLES = 25  # best and worst predictions of a target, each
MOST_REJECTED = 5000
_MOST_RESIDUES = 12  # of each end of a sequence that are shown
_NOT_SHOWN = (
    "Not shown, as the model file holds nothing of what was learned from: it is private, or was to be left out."
)


def train_page(title: str, result: TrainResult) -> str:
    """The page of a training run: scores, plots, best and worst predictions, what was left out, the card.

    Where structures are to stay out of the model file they stay out of the page too.
    """
    plots = [plot for own in quantities(result.targets) for plot in target_pictures(result, own)]
    return page(
        title,
        [
            ("", [facts(_headlines(result))]),
            ("Model card", [markdown(result.card.partition("\n")[2])]),
            ("Plots", [picture(drawn(plot), plot.says) for plot in plots]),
            ("Best and worst predictions", _examples(result) if result.things else [paragraphs([_NOT_SHOWN])]),
            ("All scores", _scores(result)),
            ("Rows left out", _rejected(result.rejected)),
            ("Notes", [bullets(result.notes)]),
        ],
    )


def _headlines(result: TrainResult) -> list[tuple[str, Sequence[str]]]:
    """The first score of each target, which is its main one, and which file this is about."""
    first: dict[str, Score] = {}
    for score in result.scores:
        if score.value is not None:
            first.setdefault(score.target, score)
    where = f"{result.findings.noun}s of the {result.findings.scored_on}"
    said = [(name, [f"{_in_words(score)}, {score.n:,} {where}"]) for name, score in first.items()]
    return [*said, ("Model", [result.path.name]), ("SHA-256", [result.sha256])]


def _in_words(score: Score) -> str:
    interval = "" if score.low is None or score.high is None else f" [{score.low:.3g}, {score.high:.3g}]"
    unit = f" {score.unit}" if score.unit and score.metric in ("RMSE", "MAE") else ""
    chance = f" ({score.base:.3g} by chance)" if score.kind == "binary" and score.base is not None else ""
    return f"{score.metric} {score.value:.3g}{interval}{unit}{chance}"


def _scores(result: TrainResult) -> list[Block]:
    said = [("Scores on", [f"the {result.findings.scored_on}"])]
    return [facts(said), table(_score_columns(result.scores), caption="Scores with 95 % intervals"),
            *map(_classes, result.findings.confusions), *map(_entities, result.findings.breakdowns),
            bullets(result.sentences)]  # fmt: skip


def _classes(found: Confusion) -> Block:
    return _lines(found.table, f"{found.target}: classes")


def _entities(found: Breakdown) -> Block:
    return _lines(found.table, found.caption)


def _lines(cells: list[list[str]], caption: str) -> Block:
    head, *lines = cells
    columns: dict[str, list[Any]] = {name: [line[place] for line in lines] for place, name in enumerate(head)}
    return table(columns, caption=caption)


def _score_columns(scores: Sequence[Score]) -> dict[str, list[Any]]:
    spans = {
        score.metric: _span([other for other in scores if other.metric == score.metric and other.low is not None])
        for score in scores
    }
    return {
        "target": [f"{score.target} ({score.unit})" if score.unit else score.target for score in scores],
        "method": [score.method for score in scores],
        "score": [score.metric for score in scores],
        "value": [score.value for score in scores],
        "95 % interval": [interval_cell(score.low, score.value, score.high, spans[score.metric]) for score in scores],
        "n": [score.n for score in scores],
        "prevalence": [score.prevalence for score in scores],
        "not predicted": [score.failed or None for score in scores],
        "remark": [score.reason for score in scores],
    }


def _span(scores: Sequence[Score]) -> tuple[float, float]:
    """From the lowest to the highest end of the intervals of one metric."""
    ends = [end for score in scores for end in (score.low, score.high) if end is not None]
    return (min(ends), max(ends)) if ends else (0.0, 1.0)


def target_pictures(result: TrainResult, own: Quantity) -> list[Picture]:
    """The plots of one target: its scored predictions, the coverage of its intervals, and for the first training."""
    truth, predicted = own.labels(result.test[0]), own.predictions(result.test[1])
    target, histories = own.target, result.histories if own.columns[0] == 0 else ()
    if own.several:
        return model_pictures(target, truth, predicted, histories)
    coverage = [coverage_of(found) for found in result.findings.trust.intervals if found.target == target.name]
    error = np.abs(predicted - truth)
    told = np.isfinite(error) & np.isfinite(result.judged.similarity)
    pictures = [*model_pictures(target, truth, predicted, histories), *coverage]
    if told.sum() > 1:
        pictures.append(error_by_similarity_plot(result.judged.similarity, error, unit=_unit(target)))
    return pictures


def _unit(target: Target) -> str:
    return model_unit(target) if target.kind == "regression" else "probability"


def _rejected(rejected: Mapping[int, str]) -> list[Block]:
    if not rejected:
        return []
    shown = list(rejected.items())[:MOST_REJECTED]
    more = [f"The first {MOST_REJECTED:,} of {len(rejected):,} rows."] if len(rejected) > MOST_REJECTED else []
    columns: dict[str, list[Any]] = {"row": [row for row, _ in shown], "why": [why for _, why in shown]}
    return [paragraphs(more), table(columns, caption=f"Rows that were not learned from: {len(rejected):,}")]


def _examples(result: TrainResult) -> list[Block]:
    blocks = [_target_examples(result, own) for own in quantities(result.targets)]
    noun = result.findings.noun
    said = (
        f"Predictions of {noun}s that the models had not seen, the largest errors first, then the smallest. "
        "A bar is an interval, the dot the measured value; it is sorted and filtered by its width."
    )
    return [paragraphs([said]), *blocks] if any(blocks) else []


def _target_examples(result: TrainResult, own: Quantity) -> Block:
    """The compounds of the largest and of the smallest errors of a target, drawn, or all things of such pairs.

    Of several classes the error is what the probability of the measured one lacks of 1.
    """
    target, judged = own.target, result.judged
    y, p = own.labels(result.test[0]), own.predictions(result.test[1])
    error, widths = np.abs(errors_of(y, p)), judged.half[:, own.columns[0]]
    order = np.argsort(-np.nan_to_num(error, nan=-1.0), kind="stable")
    order = order[: int(np.isfinite(error).sum())]
    half = min(MOST_EXAMPLES, (len(order) + 1) // 2)
    chosen = [int(row) for row in np.r_[order[:half], order[half:][-half:]]] if len(order) else []
    if not chosen:
        return Block("")
    drawings, sequences, smiles = _things(result, chosen)
    unit = _unit(target)
    columns: dict[str, list[Any]] = {
        **sequences,
        "error": [float(error[row]) for row in chosen],
        "measured": [_measured(target, y[row]) for row in chosen],
        "predicted": [_predicted(target, p[row]) for row in chosen],
        "name": [result.names[row] if result.names else None for row in chosen],
        "90 % interval": [None for _ in chosen] if own.several else _intervals(p, y, widths, chosen),
        "in domain": [_verdict(str(judged.verdicts[row])) for row in chosen],
        "similarity": [float(judged.similarity[row]) for row in chosen],
        **smiles,
    }  # fmt: skip
    caption = f"{target.name} ({unit})" if unit else target.name
    return table(columns, drawings, aside=list(smiles), caption=caption)


_Columns = dict[str, list[Any]]


def _things(result: TrainResult, chosen: Sequence[int]) -> tuple[_Columns, _Columns, _Columns]:
    """Columns of drawings of molecules, of shortened sequences, and of the SMILES of what is drawn."""
    drawings, sequences, smiles = _Columns(), _Columns(), _Columns()
    for one in result.inputs:
        texts = [result.things[one.name][row] for row in chosen]
        if one.kind == "smiles":
            alone = of_molecules(result.inputs)
            drawings["structure" if alone else one.name] = [draw_smiles(text) for text in texts]
            smiles["smiles" if alone else f"{one.name} (SMILES)"] = texts
        else:
            sequences[f"{one.name} (sequence)"] = [_sequence_cell(text) for text in texts]
    return drawings, sequences, smiles


def _sequence_cell(sequence: str) -> Cell:
    """Both ends of a long sequence and its length; it is filtered by all of it."""
    if len(sequence) <= 2 * _MOST_RESIDUES:
        return Cell(Block(escaped(sequence)), sequence)
    ends = f"{sequence[:_MOST_RESIDUES]}…{sequence[-_MOST_RESIDUES:]} ({len(sequence):,} residues)"
    return Cell(Block(f'<span title="{escaped(sequence)}">{escaped(ends)}</span>'), sequence)


def _verdict(verdict: str) -> Cell | None:
    return mark_cell(verdict, VERDICTS.get(verdict, "plain")) if verdict else None


def _measured(target: Target, value: float) -> float | str:
    """A label as a person knows it: the class by its name."""
    return target.classes[int(value)] if target.classes else float(value)


def _predicted(target: Target, value: np.ndarray) -> float | str:
    """A number, a probability, or of several classes the most probable one with its probability."""
    if value.ndim == 0:
        return float(value)
    assert target.classes is not None
    return f"{target.classes[int(value.argmax())]} ({value.max():.2f})"


def _intervals(p: np.ndarray, y: np.ndarray, half: np.ndarray, chosen: Sequence[int]) -> list[Any]:
    if not len(chosen) or not np.isfinite(half).any():
        return [None for _ in chosen]
    low, high = p - half, p + half
    ends = np.array([low, high, y])[:, list(chosen)]
    span = (float(np.nanmin(ends)), float(np.nanmax(ends)))
    return [interval_cell(float(low[row]), float(y[row]), float(high[row]), span) for row in chosen]
