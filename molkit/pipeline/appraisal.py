"""What the model card says in words: of the data, what the model is good for, where it fails, what to trust."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from molkit.chem.kinds import structure_kinds
from molkit.data.quantities import Quantity, quantities
from molkit.evaluation.metrics import find_metric
from molkit.evaluation.multiclass import predicted_codes
from molkit.evaluation.noise import Noise
from molkit.learners.protocol import stream_seed
from molkit.pipeline.calls import CallScores
from molkit.pipeline.card import CardWords
from molkit.pipeline.comparing import Comparison, primary
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.pipeline.failure_words import failure_sentences
from molkit.pipeline.failures import Scored, find_failures
from molkit.pipeline.findings import Findings, Spread
from molkit.pipeline.merits import Against, against, merits
from molkit.pipeline.opponents import nearest_name
from molkit.pipeline.phrases import count, number
from molkit.pipeline.scale import model_unit
from molkit.pipeline.trial import Material, Unseen
from molkit.types import Target

_FEW = 5  # targets of which everything is told
_OF_EACH = 2  # sentences of each of more targets
_OF_MEAN = {"regression": "RMSE", "binary": "Brier", "multiclass": "log loss"}
_MEANS = {
    "regression": "the mean of the training values",
    "binary": "giving every {noun} the share of positives",
    "multiclass": "giving every {noun} the shares of the classes",
}
_ERRORS = ("RMSE", "MAE", "MSE", "R2", "Brier", "log loss")  # which a constant prediction has a meaningful value of


def card_words(material: Material, targets: Sequence[Target], unseen: Unseen, findings: Findings) -> CardWords:
    """The sentences of each part of the card, from the training compounds and those that were scored."""
    good: list[str] = []
    failures = []
    noise = dict(findings.noise)
    noun = material.dataset.noun
    of_molecules = noun == "compound"
    kinds = structure_kinds([material.dataset.smiles[row] for row in unseen.rows]) if of_molecules else {}
    told = [own.target for own in quantities(targets)]
    for own in quantities(targets):
        target = own.target
        scores = {
            score.metric: score
            for score in findings.scores
            if (score.target, score.method) == (target.name, "molkit") and score.n
        }
        if not scores:
            continue
        compared = _compared(material, own, unseen)
        said = merits(scores, noise.get(target.name), compared, target.log, noun)
        good += _named(target, told, said if len(told) <= _FEW else said[:_OF_EACH])
        seed = stream_seed(material.config.seed, "failures")
        failures.append(find_failures(_scored(material, own, unseen, kinds), seed))
    return CardWords(
        data=(
            *_table(material.dataset),
            *_plain(told, _values(material.dataset, targets)),
            *_plain(told, _noise(told, noise, noun)),
        ),
        scores=_plain(
            told,
            [
                *_said(findings.spreads),
                *_said((*findings.comparisons, *findings.gains)),
                *findings.shares,
                *_said(findings.calls),
            ],
        ),
        good=tuple(good),
        fails=failure_sentences(failures),
        trust=_plain(told, findings.trust.sentences),
    )


def _scored(material: Material, own: Quantity, unseen: Unseen, kinds: Mapping[str, np.ndarray]) -> Scored:
    target, k = own.target, own.columns[0]
    y = own.labels(exact_values(material.dataset.measurements)[unseen.rows])
    p = predicted_codes(own.predictions(unseen.methods["molkit"]))
    rows = np.flatnonzero(~np.isnan(y) & np.isfinite(unseen.methods["molkit"][:, own.columns]).all(axis=1))
    classes = target.kind != "regression"
    scored = Scored(
        target.name,
        y,
        p,
        unseen.cuts[:, k] if classes else None,
        unseen.judged.similarity,
        # a file without structures names none
        [material.dataset.scaffolds[row] for row in unseen.rows] if material.keeps_rows else (),
        kinds,
        model_unit(target),
        target.log,
        target.classes or ("0", "1"),
        material.dataset.noun,
    )
    return scored.rows(rows)


def _compared(material: Material, own: Quantity, unseen: Unseen) -> list[Against]:
    """The model against the nearest training compound and against the mean of all."""
    target, k = own.target, own.columns[0]
    y = own.labels(exact_values(material.dataset.measurements)[unseen.rows])
    seed = stream_seed(material.config.seed, "compare")
    main = primary(target.kind, material.config)
    binary = target.kind == "binary"
    of_calls = [find_metric("MCC", "binary")] if binary and not main.needs_threshold else []
    of_mean = main if main.name in _ERRORS else find_metric(_OF_MEAN[target.kind], target.kind)
    label, nearest = "value" if target.kind == "regression" else "class", nearest_name(material.dataset)
    pairs = [
        *(
            (metric, nearest, f"the {label} of the nearest training {nearest.removeprefix('nearest ')}")
            for metric in (main, *of_calls)
            if nearest in unseen.methods
        ),
        (
            of_mean,
            "training mean",
            _MEANS[target.kind].format(noun=material.dataset.noun),
        ),
    ]
    found = []
    for metric, other, name in pairs:
        sides = [
            (own.predictions(unseen.methods[method]), unseen.thresholds(method)[:, k]) for method in ("molkit", other)
        ]
        found.append(against(target.name, metric, y, sides[0], sides[1], name, seed))
    return [each for each in found if each is not None]


def _table(dataset: Dataset) -> Iterable[str]:
    """How many rows became how many compounds, and why others were left out."""
    rows = count(sum(map(len, dataset.rows)), "row")
    which = rows if dataset.noun == "row" else f"{count(len(dataset), dataset.noun)} from {rows}"
    yield f"{which} with measured values."
    if dataset.rejected:
        statuses = Counter(problem.status for problem in dataset.rejected.values())
        shown = ", ".join(f"{status} {size:,}" for status, size in statuses.most_common())
        what = "a structure or cell" if dataset.noun == "compound" else "cells"
        yield f"Left out for {what} that cannot be used: {count(len(dataset.rejected), 'row')} ({shown})."


def _values(dataset: Dataset, targets: Sequence[Target]) -> Iterable[str]:
    """What the measured values are like, on the scale they are modelled on."""
    exact, values, noun = exact_values(dataset.measurements), dataset.measurements.values, dataset.noun
    for own in quantities(targets):
        target, k = own.target, own.columns[0]
        known = exact[~np.isnan(exact[:, k]), k]
        limits = int((~np.isnan(values[:, k])).sum()) - len(known)
        if not len(known):
            continue
        if own.several:
            sizes = np.nansum(exact[:, own.columns], axis=0)
            parts = zip(target.classes or (), sizes.tolist(), strict=True)
            shown = ", ".join(f"{name!r} {int(size):,} ({size / len(known):.0%})" for name, size in parts)
            yield f"{target.name}: {count(len(known), noun)} of {len(own.columns)} classes: {shown}."
            continue
        if target.kind == "binary":
            name = target.classes[1] if target.classes else "positive"
            yield f"{target.name}: {int(known.sum()):,} of {count(len(known), noun)} are {name!r} ({known.mean():.0%})."
            continue
        shown = np.quantile(known, [0, 0.5, 1])
        low, middle, high = (number(value) for value in (10**shown if target.log else shown).tolist())
        unit = f" {target.unit}" if target.unit else ""
        yield (
            f"{target.name}: {len(known):,} measured values from {low} to {high}{unit}, the middle one {middle}; "
            f"standard deviation {number(float(known.std()))}{' in log10' if target.log else ''}."
        )
        if limits:
            yield (
                f"{target.name}: of {count(limits, f'further {noun}')} only a limit is known (< or >), which the "
                "learners use and the scores leave out."
            )


def _noise(targets: Sequence[Target], noise: Mapping[str, Noise], noun: str) -> Iterable[str]:
    """How far repeated values of one thing lie apart, where there are any."""
    for target in targets if noun != "row" else ():  # equal rows are not one
        floor = noise.get(target.name)
        said = f"Noise floor: unknown, as no {noun} has repeated values other than copies."
        unit = model_unit(target) if target.unit else "log units" if target.log else ""
        yield f"{target.name}: {said if floor is None else floor.sentence(unit, noun)}"


def _said(found: Sequence[Spread] | Sequence[Comparison] | Sequence[CallScores]) -> list[str]:
    return [each.sentence for each in found]


def _named(target: Target, targets: Sequence[Target], sentences: Iterable[str]) -> list[str]:
    """Sentences with the name of their target before them, where there are several."""
    if len(targets) == 1:
        return list(sentences)
    return [f"{target.name}: {sentence[:1].lower()}{sentence[1:]}" for sentence in sentences]


def _plain(targets: Sequence[Target], sentences: Iterable[str]) -> tuple[str, ...]:
    """Sentences without the name of their target before them, where there is only one."""
    if len(targets) > 1:
        return tuple(sentences)
    bare = [sentence.removeprefix(f"{targets[0].name}: ") for sentence in sentences]
    return tuple(sentence[:1].upper() + sentence[1:] for sentence in bare)
