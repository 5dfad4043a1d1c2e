"""What a search of some minutes changes on the test part of public sets.

    python scripts/bench_tuning.py DATA -o OUT.jsonl --budget 5m --learners boosting,forest

DATA holds the public sets of the data cards. For each set and seed `molkit tune` searches for that long; the line
that is printed has the trials, the score out of fold by default and at best, and the outer score: tuned less default
on the test part (scaffold split), which the search never saw. Lines that are in OUT already are not run again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resumable import run_missing

from molkit.config import RunConfig
from molkit.tuning.found import Found
from molkit.tuning.tune import limits_of, tune_bundle

SETS = {  # file, target, the score that is asked for
    "esol": ("esol/*.csv", "measured log solubility in mols per litre", None),
    "lipophilicity": ("lipophilicity/*.csv", "exp", None),
    "bbbp": ("bbbp/*.csv", "p_np", None),
    "ppbr_az": ("tdc_admet/ppbr_az/train_val.csv", "Y", "MAE"),
}


def tuned(data: Path, setting: dict[str, Any], workers: int) -> dict[str, Any]:
    """The figures of one search."""
    file, target, metric = SETS[setting["set"]]
    config = RunConfig(targets=(target,), metric=metric, learners=tuple(setting["learners"].split(",")),
                       seed=setting["seed"], workers=workers)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        limits = limits_of(setting["budget"], None)
        result = tune_bundle(next(data.glob(file)), Path(folder) / "m.molkit", config, limits)
    scores = {
        score.metric: score.value
        for score in result.trained.scores
        if (score.method, score.target) == ("molkit", target)
    }
    differences = {
        found.metric: {
            "default": scores[found.metric] - found.value,
            "tuned": scores[found.metric],
            "difference": [found.value, found.low, found.high],
            "n": found.n,
            "better": found.better,
        }
        for found in result.differences
    }
    return {
        "trials": len(result.trials),
        "pruned": sum(trial.state == "pruned" for trial in result.trials),
        "failed": sum(trial.state == "failed" for trial in result.trials),
        "seconds": round(result.seconds, 1),
        "out of fold": {found.learner: out_of_fold(found) for found in result.found},
        "outer": differences,  # {}: nothing was better than the default options
    }


def out_of_fold(found: Found) -> dict[str, Any]:
    """What the search saw of a learner."""
    return {
        "metric": found.metric,
        "complete": found.complete,
        "default": found.default,
        "best": found.best,
        "options": found.options,
    }


def settings(options: argparse.Namespace) -> Iterable[dict[str, Any]]:
    for name in options.sets.split(","):
        for seed in options.seeds.split(","):
            yield {"set": name, "seed": int(seed), "learners": options.learners, "budget": options.budget}


def main(argv: list[str] | None = None) -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--learners", default="auto", help="by comma")
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    run_missing(options.out, settings(options), lambda setting: tuned(options.data, setting, options.workers))


if __name__ == "__main__":
    main()
