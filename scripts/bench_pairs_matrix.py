"""All 68 x 442 pairs of Davis by chunks as `molkit predict` has them, beside encoding each drug and protein once.

    python scripts/bench_pairs_matrix.py DATA WORK -o OUT.jsonl

The models, trained for little (what they predict does not matter here), are scored in this process by `score_chunk`,
drug by drug and protein by protein. What it is compared with reads and featurizes each of the drugs and proteins once,
encodes them in batches, and puts all pairs through the head (of trees: through the trees) at once. Processor seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_pairs import DTI, write
from bench_pairs_data import davis

from molkit.config import RunConfig
from molkit.data.batching import take_values
from molkit.engine.jobs import Cells
from molkit.engine.score import score_chunk
from molkit.engine.scorer import Scorer, load_scorer
from molkit.learners.batches import by_size, predicting_batch
from molkit.learners.neural import NeuralLearner
from molkit.pipeline.train import train_bundle
from molkit.types import Column

CHUNK = 500
LEARNERS = {"networks": ("dmpnn",), "light networks": ("fingerprint+composition",), "trees": ("boosting",)}
GROUPS = {"predictions": ("pred", "status"), "everything usual": ("pred", "interval", "domain", "nearest", "status")}


def trained(work: Path, name: str, data: Path) -> Path:
    """A model file of three folds, trained for little."""
    path = work / f"{name.replace(' ', '-')}.molkit"
    if not path.exists():
        pairs = davis(data)
        rows = np.random.default_rng(0).permutation(len(pairs.labels))[:2000]
        table = write(work / "davis.csv", pairs, rows)
        config = RunConfig(targets=("label",), inputs=DTI, learners=LEARNERS[name], split="random", epochs=2, workers=1,
                           fold_models=3, log=False)  # fmt: skip
        train_bundle(table, path, config)
    return path


def chunks(scorer: Scorer, texts: list[tuple[str, str]]) -> tuple[float, list[Any]]:
    """Processor seconds of all rows by chunks, and what is predicted."""
    start, said = time.process_time(), []
    for first in range(0, len(texts), CHUNK):
        found = score_chunk(scorer, Cells(texts[first : first + CHUNK], first + 1), lambda row: None, {})
        said += found["label_pred"]
    return time.process_time() - start, said


def once(scorer: Scorer, drugs: list[str], proteins: list[str], rows: np.ndarray) -> dict[str, float]:
    """Processor seconds of reading and featurizing, encoding and the head, each thing once."""
    start = time.process_time()
    columns = {}
    for reader, texts, index in zip(scorer.readings[0].readers, (drugs, proteins), rows.T, strict=True):
        items = reader.read(texts, lambda row: None, {}, False)
        for key, featurizer in reader.featurizers.items():
            columns[key] = Column(featurizer(items.items), index)
    read, encoding, head = time.process_time() - start, 0.0, 0.0
    for members in scorer.readings[0].models[0].ensemble.members:
        for learner in members:
            start = time.process_time()
            if not isinstance(learner, NeuralLearner):
                learner.predict(columns)
                head += time.process_time() - start
                continue
            with torch.inference_mode():
                vectors = [in_batches(learner.model.encoder(name), columns[key])
                           for name, key in zip(learner.model.inputs, learner.needs, strict=True)]  # fmt: skip
                encoding += time.process_time() - start
                start = time.process_time()
                for first in range(0, len(rows), 2048):
                    part = rows[first : first + 2048]
                    learner.model.said(torch.cat([own[column] for own, column in zip(vectors, part.T, strict=True)], 1))
                head += time.process_time() - start
    return {"read": read, "encode": encoding, "head": head}


def in_batches(encoder: Any, column: Column) -> torch.Tensor:
    """The vector of each distinct value."""
    everything = np.arange(len(column.values))
    own = Column(column.values, everything)
    found = [(part, encoder(predicting_batch(encoder, take_values(column.values, part))))
             for part in by_size(own, everything)]  # fmt: skip
    order = np.argsort(np.concatenate([part for part, _ in found]))
    return torch.cat([vectors for _, vectors in found])[order]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("-o", dest="out", type=Path, required=True)
    parser.add_argument("--models", nargs="+", choices=LEARNERS, default=list(LEARNERS))
    options = parser.parse_args(argv)
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    pairs = davis(options.data)
    grid = np.unique(pairs.entities, axis=0)  # 68 drugs with 379 distinct sequences
    rows = np.concatenate([grid, grid])[: len(pairs.labels)]  # as many as there are targets, some sequences twice
    by_drug = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    by_protein = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    for name in options.models:
        path = str(trained(options.work, name, options.data))
        told = {"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count()}
        for asked, groups in GROUPS.items():
            scorer = load_scorer([path], groups)
            chunks(scorer, [(pairs.first[a], pairs.second[b]) for a, b in by_drug[:20]])  # what is loaded once
            parts = once(scorer, pairs.first, pairs.second, rows)
            total = sum(parts.values())
            line: dict[str, Any] = {"models": name, "asked": asked, "rows": len(rows), "once_s": round(total, 2)}
            line |= {f"once_{part}_s": round(seconds, 2) for part, seconds in parts.items()}
            for order, own in (("by drug", by_drug), ("by protein", by_protein)):
                scorer = load_scorer([path], groups)
                seconds, _ = chunks(scorer, [(pairs.first[a], pairs.second[b]) for a, b in own])
                line |= {f"{order}_s": round(seconds, 2), f"{order} ratio": round(seconds / total, 2)}
            print(json.dumps({**line, **told}), flush=True)
            with options.out.open("a") as file:
                print(json.dumps({**line, **told}), file=file)


if __name__ == "__main__":
    main()
