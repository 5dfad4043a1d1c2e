"""What intervals, domain verdicts and calibrated probabilities are worth on test parts of public sets.

    python scripts/bench_trust.py DATA WORK -o OUT.jsonl --tables FOLDER --learners auto --seeds 0,1,2

DATA holds the public sets of the data cards. For each set, kind of split and seed molkit fits its ensemble once;
what its fold models say of unseen rows stays in WORK, so that a second call goes on where the first stopped. From
that come, with the functions that `molkit train` uses, the figures: rows of all seeds are pooled, errors and widths
are in standard deviations of the values fitted on. "plain" is one width for all rows from the same errors (split
conformal), "before" are probabilities without calibration.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from resumable import kept_arrays

from molkit.config import RunConfig
from molkit.data.batching import take
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.errors import MolkitError
from molkit.evaluation.bootstrap import FEWER_RESAMPLES, interval, resampled
from molkit.evaluation.calibration import brier, calibration_slope, log_loss
from molkit.evaluation.class_sets import score_sets
from molkit.evaluation.conformal import conformal_quantile, interval_score, score_intervals, similarity_labels
from molkit.evaluation.ranking import roc_auc
from molkit.evaluation.share import wilson
from molkit.evaluation.verdicts import score_domain
from molkit.features.inputs import molecules
from molkit.learners.stack import calibrated, combine, disagreement
from molkit.neighbours import RowIndex, held_out_similarity
from molkit.pipeline.choosing import choose_all, fold_numbers
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.material import prepare
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import development_rows, fit_on, judge
from molkit.trust import Familiarity

_ESOL = "measured log solubility in mols per litre"
NUMBERS = {  # file, target, the score that TDC asks for
    "freesolv": ("freesolv/*.csv", "expt", None),
    "half_life_obach": ("tdc_admet/half_life_obach/train_val.csv", "Y", "Spearman"),
    "caco2_wang": ("tdc_admet/caco2_wang/train_val.csv", "Y", "MAE"),
    "vdss_lombardo": ("tdc_admet/vdss_lombardo/train_val.csv", "Y", "Spearman"),
    "clearance_microsome_az": ("tdc_admet/clearance_microsome_az/train_val.csv", "Y", "Spearman"),
    "esol": ("esol/*.csv", _ESOL, None),
    "clearance_hepatocyte_az": ("tdc_admet/clearance_hepatocyte_az/train_val.csv", "Y", "Spearman"),
    "bace_pic50": ("bace/bace.csv.gz", "pIC50", None),
    "ppbr_az": ("tdc_admet/ppbr_az/train_val.csv", "Y", "MAE"),
    "lipophilicity": ("lipophilicity/*.csv", "exp", None),
}
CLASSES = {
    "dili": ("tdc_admet/dili/train_val.csv", "Y", None),
    "hia_hou": ("tdc_admet/hia_hou/train_val.csv", "Y", None),
    "bioavailability_ma": ("tdc_admet/bioavailability_ma/train_val.csv", "Y", None),
    "herg": ("tdc_admet/herg/train_val.csv", "Y", None),
    "pgp_broccatelli": ("tdc_admet/pgp_broccatelli/train_val.csv", "Y", None),
    "bace": ("bace/bace.csv.gz", "Class", None),
    "clintox": ("clintox/*", "CT_TOX", None),
    "bbbp": ("bbbp/*.csv", "p_np", None),
    # the sets above were looked at when molkit's constants were chosen, these three were not
    "cyp2c9_substrate": ("tdc_admet/cyp2c9_substrate_carbonmangels/train_val.csv", "Y", None),
    "cyp2d6_substrate": ("tdc_admet/cyp2d6_substrate_carbonmangels/train_val.csv", "Y", None),
    "cyp3a4_substrate": ("tdc_admet/cyp3a4_substrate_carbonmangels/train_val.csv", "Y", None),
}
LEARNERS = {"auto": ("auto",), "trees": ("boosting", "forest")}
SPLITS = ("random", "scaffold")


def fit(data: Path, work: Path, name: str, split: str, seed: int, learners: str) -> dict[str, Any]:
    """What every fold model of the run says of the rows it has not seen, and of the test part."""
    path = work / f"{name}-{split}-{seed}-{learners}.npz"
    return kept_arrays(path, partial(new_fit, data, name, split, seed, learners))


def new_fit(data: Path, name: str, split: str, seed: int, learners: str) -> dict[str, Any]:
    """The same, before it is kept."""
    file, target, metric = {**NUMBERS, **CLASSES}[name]
    config = RunConfig(targets=(target,), metric=metric, split=split, seed=seed, workers=1,
                       learners=LEARNERS[learners])  # fmt: skip
    source = open_table(next(data.glob(file)))
    table, smiles = read_table(source), source.smiles or ""
    material, _, parts, _ = prepare(table, molecules(smiles), {"drug": table.columns[smiles]}, config, quiet, [])
    train, test = development_rows(parts), np.array(parts.test)
    fitted = fit_on(material, train, seed, quiet)
    said = fitted.ensemble.predict_models(take(material.dataset.columns, test))
    sketches = material.sketches
    assert sketches is not None  # molecules have fingerprints
    similarity = held_out_similarity(sketches, fitted.folds)
    similarity[test] = RowIndex(sketches.take(train)).nearest(sketches.take(test))[1]
    fold = np.full(len(similarity), -1)
    rows, numbers = fold_numbers(fitted.held_out)
    fold[rows] = numbers
    arrays = {f"test_{n}": part for n, part in zip(fitted.ensemble.names, said, strict=True)}
    arrays |= {f"oof_{n}": part for n, part in zip(fitted.ensemble.names, fitted.each, strict=True)}
    return {"y": exact_values(material.dataset.measurements), "test": test, "fold": fold, "sim": similarity,
            "names": np.array(fitted.ensemble.names), **arrays}  # fmt: skip


def judged(found: dict[str, Any], kind: str) -> dict[str, np.ndarray]:
    """What is told of each row of the test part, and what is known of it now."""
    names, y, test, fold = [str(n) for n in found["names"]], found["y"], found["test"], found["fold"]
    folds = [np.flatnonzero(fold == number) for number in np.unique(fold[fold >= 0])]
    rows, _ = fold_numbers(folds)
    each, said = [found[f"oof_{n}"] for n in names], [found[f"test_{n}"] for n in names]
    binary = np.array([kind == "binary"])
    chosen = choose_all([part[None] for part in each], y, folds, (kind,), found["sim"])
    before = combine([part.mean(axis=0) for part in said], chosen.weights)
    p = calibrated(before, chosen.calibration, binary)
    new = Familiarity(len(test), disagreement(said, chosen.trust.floors), found["sim"][test])
    told = judge(chosen.trust, new, p, p >= 0.5, found["sim"][test])
    errors = np.abs(y - chosen.crossed.predictions)[rows, 0]
    plain = conformal_quantile(errors[~np.isnan(errors)])
    spread = 1.0 if kind == "binary" else np.nanstd(y[rows])
    columns = {
        "y": y[test, 0] / spread,
        "p": p[:, 0] / spread,
        "before": before[:, 0] / spread,
        "half": told.half[:, 0] / spread,
        "plain": np.full(len(test), plain or np.nan) / spread,
        "sets": told.sets[:, 0],
        "similarity": told.similarity,
        "verdict": told.verdicts,
        "method": np.full(len(test), chosen.calibration[0].method),
    }
    measured = ~np.isnan(columns["y"])
    return {name: values[measured] for name, values in columns.items()}


def number_figures(rows: dict[str, np.ndarray]) -> dict[str, Any]:
    """Coverage, interval score beside the plain one, and whether the verdict tells errors apart."""
    y, p, half, plain = (rows[name] for name in ("y", "p", "half", "plain"))
    scored = score_intervals("", y, p, p - half, p + half, similarity=rows["similarity"])
    domain = score_domain("", y - p, rows["verdict"], rows["similarity"], 0)
    assert scored is not None
    assert domain is not None
    difference = interval_score(y, p - half, p + half) - interval_score(y, p - plain, p + plain)
    return {
        "n": len(y),
        **{f"coverage {name}": getattr(scored.overall, name) for name in ("share", "low", "high")},
        "score": scored.overall.score,
        "plain coverage": float((np.abs(y - p) <= plain).mean()),
        "plain score": float(interval_score(y, p - plain, p + plain).mean()),
        "difference error": float(difference.std() / np.sqrt(len(y))),
        "bins": {bin.label: [bin.n, bin.covered, bin.width] for bin in scored.bins},
        "ratio": domain.ratio,
        "association": domain.association,
        "outside": float((rows["verdict"] == "out").mean()),
    }


def class_figures(rows: dict[str, np.ndarray]) -> dict[str, Any]:
    """Slope, Brier score, log loss and ROC-AUC before and after calibration, and what the prediction sets hold."""
    y, sides = rows["y"], [np.clip(rows[name], 0, 1) for name in ("before", "p")]
    sets = score_sets("", y, rows["sets"] > 0.5, ("0", "1"))
    scores = {"slope": calibration_slope, "Brier": brier, "log loss": log_loss}
    few = (len(y), FEWER_RESAMPLES, 0)
    changes = {
        name: interval(resampled(lambda w, score=score: score(y, sides[1], w) - score(y, sides[0], w), *few))
        for name, score in scores.items()
        if name != "slope"
    }
    return {
        "n": len(y),
        "prevalence": float(y.mean()),
        "methods": sorted(set(rows["method"].tolist())),
        **{name: [float(score(y, side)) for side in sides] for name, score in scores.items()},
        "slope interval": interval(resampled(lambda w: calibration_slope(y, sides[1], w), *few)),
        "changes": changes,
        "sets": None if sets is None else asdict(sets),
        "outside": float((rows["verdict"] == "out").mean()),
    }


def main(argv: list[str] | None = None) -> None:
    """Fit what is missing, then print and write a line for every set and kind of split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--learners", choices=LEARNERS, default="auto")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--sets", help="some of the sets, by comma")
    parser.add_argument("--tables", type=Path, help="a folder for the tables of docs/benchmarks.md")
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    wanted = options.sets.split(",") if options.sets else [*NUMBERS, *CLASSES]
    seeds = [int(seed) for seed in options.seeds.split(",")]
    found = []
    for name in wanted:
        kind = "binary" if name in CLASSES else "regression"
        for split in SPLITS:
            runs = []
            for seed in seeds:
                try:
                    runs.append(judged(fit(options.data, options.work, name, split, seed, options.learners), kind))
                except MolkitError as error:
                    print(f"{name}, {split}, seed {seed}: {error}", flush=True)
            if not runs:
                continue
            rows = {key: np.concatenate([run[key] for run in runs]) for key in runs[0]}
            figures = class_figures(rows) if kind == "binary" else number_figures(rows)
            if kind == "binary":  # ranks of different models are not one ranking
                aucs = [[float(roc_auc(run["y"], run[side])) for side in ("before", "p")] for run in runs]
                figures["ROC-AUC"] = np.mean(aucs, axis=0).tolist()
            found.append({"set": name, "split": split, "learners": options.learners, "seeds": len(runs), **figures})
            print(json.dumps(found[-1]), flush=True)
    if options.out:
        write(options.out, found)
    if options.tables:
        numbers, classes = ([line for line in found if (line["set"] in CLASSES) == side] for side in (False, True))
        write(options.tables / f"trust-intervals-{options.learners}.jsonl", [interval_line(line) for line in numbers])
        write(options.tables / f"trust-bins-{options.learners}.jsonl", bin_lines(numbers))
        if classes:
            write(options.tables / f"trust-classes-{options.learners}.jsonl", [class_line(line) for line in classes])


def write(path: Path, lines: list[dict[str, Any]]) -> None:
    """JSON lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def interval_line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of the table of intervals and domains."""
    low, high = line["coverage low"], line["coverage high"]
    ratio = line["ratio"]
    return {
        **{key: line[key] for key in ("set", "split", "seeds", "n")},
        "coverage": f"{line['coverage share']:.3f} [{low:.3f}, {high:.3f}]",
        "plain": f"{line['plain coverage']:.3f}",
        "interval score": f"{line['score']:.3f}",
        "plain score": f"{line['plain score']:.3f}",
        "RMSE in / out": "" if ratio is None else f"{ratio[0]:.2f} [{ratio[1]:.2f}, {ratio[2]:.2f}]",
        "out": f"{line['outside']:.0%}",
    }


def bin_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Coverage by similarity to training, the rows of all sets pooled."""
    found = []
    for split in SPLITS:
        bins: dict[str, np.ndarray] = {}
        for line in lines:
            for label, (n, covered, width) in line["bins"].items():
                if line["split"] == split:
                    bins[label] = np.add(bins.get(label, np.zeros(3)), (n, covered, n * width))
        for label in similarity_labels():
            if label in bins:
                n, covered, width = bins[label].tolist()
                low, high = wilson(covered / n, int(n))
                found.append({"split": split, "similarity": label, "n": int(n),
                              "coverage": f"{covered / n:.3f} [{low:.3f}, {high:.3f}]",
                              "mean width (sd)": f"{width / n:.2f}"})  # fmt: skip
    return found


def class_line(line: dict[str, Any]) -> dict[str, Any]:
    """A line of the table of calibration and prediction sets."""

    def change(name: str, digits: int) -> str:
        return " to ".join(f"{value:.{digits}f}" for value in line[name])

    sets, slopes = line["sets"], line["slope interval"]
    ends = "" if slopes[0] is None else f" [{slopes[0]:.2f}, {slopes[1]:.2f}]"
    least = 1e-5  # less than that comes from 0 and 1 being taken as 1e-6 from their ends
    sure = {
        name: "better" if high < -least else "worse" if low > least else ""
        for name, (low, high) in line["changes"].items()
    }
    return {
        **{key: line[key] for key in ("set", "split", "seeds", "n")},
        "method": ", ".join(line["methods"]),
        "slope": change("slope", 2) + ends,
        "Brier": f"{change('Brier', 4)} {sure['Brier']}".strip(),
        "log loss": f"{change('log loss', 4)} {sure['log loss']}".strip(),
        "ROC-AUC": change("ROC-AUC", 4),
        "sets hold": ", ".join(f"{share:.3f} of {n}" for _, share, n in sets["by_class"]),
        "one class": f"{sets['single']:.0%}",
    }


if __name__ == "__main__":
    main()
