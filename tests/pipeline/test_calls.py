"""What is said of calls at chosen thresholds."""

from __future__ import annotations

from molkit.evaluation.thresholds import HALF
from molkit.pipeline.calls import CallScores


def test_scores_are_said_to_be_of_cuts_chosen_on_other_folds() -> None:
    found = CallScores("died", "MCC", 0.668, 71, (0.9, 0.8, 0.85, 0.93), (0.9, 0.8, 0.85, None))
    assert found.sentence == (
        "died: called positive from 0.668 on, chosen for MCC; out of fold (n 71), at cuts chosen on other folds, "
        "precision 0.90, recall 0.80, F1 0.85, MCC 0.93; at 0.5 precision 0.90, recall 0.80, F1 0.85, MCC undefined."
    )


def test_the_usual_threshold_is_chosen_on_nothing() -> None:
    found = CallScores("died", HALF, 0.5, 71, (0.9, 0.8, 0.85, 0.93), (0.9, 0.8, 0.85, 0.93))
    assert found.sentence.startswith("died: called positive from 0.5 on; out of fold (n 71) precision 0.90")
