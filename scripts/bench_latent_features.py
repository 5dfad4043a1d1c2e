"""Are the vectors of an encoder better features than Morgan counts and descriptors, for the same learner?

    python scripts/bench_latent_features.py DATA WORK --encoder selfies=A.molkit --encoder smiles=B.molkit -o OUT.jsonl

DATA holds the public sets of the data cards; an encoder is an autoencoder or a model with a network. Each set is read
once by molkit (standardised, repeats merged) and split 80/20 by the seeded scaffold split. For every seed and learner
(LightGBM and ridge or logistic regression as molkit has them, with their usual options) one model is fitted on the same
rows from each kind of features: "usual" (Morgan counts of 2,048 and descriptors), the vectors, and both. Predictions
and vectors stay in WORK, so that a second call goes on where the first stopped. A line is a set, learner and encoder:
the score is the mean and sd over seeds, and differences are turned so that above 0 is better than "usual", with the
95 % interval of 2,000 resamples of the set's compounds. `without vector` counts compounds that an autoencoder cannot
write, `seen` is the share of test compounds that the encoder was trained on, where its file says what that was.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from resumable import kept_arrays

from molkit.bundle import content_hash
from molkit.config import RunConfig
from molkit.data.labels import Labels
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.evaluation.bootstrap import RESAMPLES, interval, resampled
from molkit.evaluation.metrics import Metric, find_metric
from molkit.features.inputs import molecules
from molkit.learners.growing import BoostingOptions
from molkit.learners.linear import LinearLearner
from molkit.learners.protocol import stream_seed
from molkit.learners.trees import TreeLearner
from molkit.pipeline.dataset import exact_values
from molkit.pipeline.embed import embed_values, open_encoders
from molkit.pipeline.material import make_split, prepare
from molkit.pipeline.pretrained import open_source
from molkit.pipeline.progress import quiet
from molkit.pipeline.trial import Material, development_rows
from molkit.types import Column

SETS = {  # file, target
    "freesolv": ("freesolv/*.csv", "expt"),
    "esol": ("esol/*.csv", "measured log solubility in mols per litre"),
    "lipophilicity": ("lipophilicity/*.csv", "exp"),
    "bace": ("bace/bace.csv.gz", "Class"),
    "bbbp": ("bbbp/*.csv", "p_np"),
    "pgp_broccatelli": ("tdc_admet/pgp_broccatelli/train_val.csv", "Y"),
}
USUAL = ("drug/fingerprint", "drug/descriptors")
VECTORS = "drug/vectors"
FEATURES = {"usual": USUAL, "vectors": (VECTORS,), "both": (*USUAL, VECTORS)}
LEARNERS = ("boosting", "linear")
FRACTIONS = (0.8, 0.0, 0.2)


@dataclass(frozen=True)
class Encoder:
    """A model file and what it is called here."""

    name: str
    path: Path

    @property
    def mark(self) -> str:
        """What tells its arrays in WORK from those of another file of this name."""
        return f"{self.name}-{content_hash(self.path)[:8]}"


@cache
def read_set(data: Path, name: str) -> tuple[Material, Labels]:
    """A set's compounds with the usual features."""
    file, target = SETS[name]
    config = RunConfig(targets=(target,), learners=("boosting",), fractions=FRACTIONS, workers=1)
    source = open_table(next(data.glob(file)))
    table, smiles = read_table(source), source.smiles or ""
    material, labels, _, _ = prepare(table, molecules(smiles), {"drug": table.columns[smiles]}, config, quiet, [])
    return material, labels


def vectors_of(options: argparse.Namespace, name: str, encoder: Encoder) -> np.ndarray:
    """The encoder's vectors of a set's compounds, float32 [n, D]; NaN for those that an autoencoder cannot write.

    Learners take the training median for what is missing.
    """

    def make() -> dict[str, np.ndarray]:
        encoders, started = open_encoders(encoder.path), time.process_time()
        texts = read_set(options.data, name)[0].dataset.smiles
        with encoders.pool(1) as pool:
            vectors, _ = embed_values(encoders, pool, texts)
        return {"vectors": vectors, "seconds": np.array(time.process_time() - started)}

    return kept_arrays(options.work / f"vectors-{name}-{encoder.mark}.npz", make)["vectors"]


def run(
    options: argparse.Namespace, name: str, learner: str, features: str, encoder: Encoder | None, seed: int
) -> dict[str, np.ndarray]:
    """What one model says of the test part; `rows` are the compounds of that."""
    material, _ = read_set(options.data, name)
    dataset, config = material.dataset, material.config
    split = make_split(dataset, material.rows, config, seed)
    columns = dict(dataset.columns)
    if encoder is not None:
        columns[VECTORS] = Column(vectors_of(options, name, encoder), np.arange(len(dataset)))
    model: Any = (
        TreeLearner("boosting", material.kinds, BoostingOptions(), FEATURES[features])
        if learner == "boosting"
        else LinearLearner(material.kinds, arrays=FEATURES[features])
    )
    started, test = time.process_time(), np.array(split.test)
    own_seed = stream_seed(seed, "latent features")
    model.fit(columns, dataset.measurements, development_rows(split), np.empty(0, np.int64), own_seed)
    said = model.predict({key: Column(columns[key].values, columns[key].index[test]) for key in model.needs})
    return {"p": said[:, 0], "rows": test, "seconds": np.array(time.process_time() - started)}


def kept_run(
    options: argparse.Namespace, name: str, learner: str, features: str, encoder: Encoder | None, seed: int
) -> dict[str, np.ndarray]:
    """The same, from WORK if it is there."""
    mark = encoder.mark if encoder and features != "usual" else "usual"
    path = options.work / f"{name}-{learner}-{features}-{mark}-{seed}.npz"
    return kept_arrays(path, partial(run, options, name, learner, features, encoder, seed))


def compared(metric: Metric, y: np.ndarray, ours: list[dict[str, Any]], usual: list[dict[str, Any]]) -> str:
    """How much better than the usual features, as a mean over seeds, with its interval and a verdict."""
    sign = 1 if metric.higher else -1

    def difference(weights: np.ndarray) -> Any:
        found = [
            metric.function(y[one["rows"]], one["p"], weights[:, one["rows"]])
            - metric.function(y[other["rows"]], other["p"], weights[:, other["rows"]])
            for one, other in zip(ours, usual, strict=True)
        ]
        return sign * np.mean(found, axis=0)

    value = float(difference(np.ones((1, len(y))))[0])
    low, high = interval(resampled(difference, len(y), RESAMPLES, 0))
    if low is None or high is None:
        return f"{value:+.3f}"
    word = "level" if low <= 0 <= high else "better" if low > 0 else "worse"
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}] {word}"


def line(options: argparse.Namespace, name: str, learner: str, encoder: Encoder) -> dict[str, Any]:
    """Scores of a learner from each kind of features."""
    material, _ = read_set(options.data, name)
    y, vectors = exact_values(material.dataset.measurements)[:, 0], vectors_of(options, name, encoder)
    metric = find_metric("ROC-AUC" if material.kinds[0] == "binary" else "RMSE")
    runs = {features: [kept_run(options, name, learner, features, encoder, seed) for seed in options.seeds]
            for features in FEATURES}  # fmt: skip
    scores = {features: [float(metric.function(y[one["rows"]], one["p"])) for one in own]
              for features, own in runs.items()}  # fmt: skip
    tested = np.concatenate([one["rows"] for one in runs["usual"]])
    return {
        "set": name,
        "compounds": len(y),
        "score": metric.name,
        "learner": learner,
        "encoder": encoder.name,
        "D": vectors.shape[1],
        "without vector": int(np.isnan(vectors).any(axis=1).sum()),
        "seeds": len(options.seeds),
        **{features: f"{np.mean(own):.3f} ± {np.std(own, ddof=1) if len(own) > 1 else 0:.3f}"
           for features, own in scores.items()},
        **{f"{features} against usual": compared(metric, y, runs[features], runs["usual"])
           for features in ("vectors", "both")},
        "seen": seen(material, encoder, tested),
    }  # fmt: skip


def seen(material: Material, encoder: Encoder, tested: np.ndarray) -> str:
    """The share of the compounds of all test parts that the encoder was trained on."""
    source = open_source(RunConfig(pretrained=str(encoder.path), learners=LEARNERS), material.dataset.inputs)
    assert source is not None
    identities = material.dataset.identities["drug"]
    found = source.overlap([identities[row] for row in tested.tolist()])
    return "unknown" if found is None else f"{found / len(tested):.1%}"


def main(argv: list[str] | None = None) -> None:
    """Fit what is missing, then print and write a line for every set, learner and encoder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path, help="folder for predictions and vectors")
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--encoder", action="append", required=True, metavar="NAME=PATH")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--learners", nargs="+", choices=LEARNERS, default=list(LEARNERS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    encoders = [Encoder(name, Path(path)) for name, _, path in (text.partition("=") for text in options.encoder)]
    lines = []
    for name in options.sets:
        for learner in options.learners:
            for encoder in encoders:
                lines.append(json.dumps(line(options, name, learner, encoder), ensure_ascii=False))
                print(lines[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
