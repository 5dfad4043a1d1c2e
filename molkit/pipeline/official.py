"""Scores of a finished model on rows that it never saw, written into the model file and its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from molkit.bundle import finite, read_bundle, write_bundle
from molkit.data.write import atomic_path
from molkit.pipeline.card import points
from molkit.pipeline.card_scores import score_tables
from molkit.pipeline.evaluate import EvaluateResult

_BEFORE = "\n## What it is good for\n"


def add_scores(model: Path, result: EvaluateResult, title: str) -> str:
    """Put the scores of `evaluate_model` into a model file under `title`; returns its new content hash.

    What it predicts does not change. A second call with the same title takes the place of the first.
    """
    bundle = read_bundle(model)
    scores = [asdict(score) for score in result.scores]
    found = {"scores": scores, "trust": finite(asdict(result.trust)), "rows": result.rows}
    known: dict[str, Any] = bundle.model.get("outside", {})
    content = {**bundle.model, "outside": {**known, title: found}}
    text = _section(content, scores, result.trust.sentences)
    card = _with_section(bundle.card, f"Scores on the {title}", text)
    with atomic_path(model, overwrite=True) as unfinished:
        return write_bundle(unfinished, content, card, bundle.entries)


def _section(model: dict[str, Any], scores: list[dict[str, Any]], sentences: Sequence[str]) -> str:
    tables = score_tables({**model, "scores": scores})
    return f"{tables}\n\n{points(sentences)}"


def _with_section(card: str, title: str, text: str) -> str:
    """The card with a section before "What it is good for", instead of an earlier one of that title."""
    head, mark, tail = card.partition(_BEFORE)
    sections = [part for part in head.split("\n## ") if part.partition("\n")[0] != title]
    kept = "\n## ".join(sections)
    return f"{kept.rstrip()}\n\n## {title}\n\n{text}\n{mark}{tail}"
