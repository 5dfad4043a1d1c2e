"""How fast a recurrent network trains on health records, beside a bare PyTorch loop over tensors in memory.

    python scripts/bench_records.py [--records 1200] [--width 64] [--rounds 5]

Synthetic records of 44 codes over 48 hours. `NeuralLearner.fit` with the encoder "event-gru" against an `nn.GRU` on
packed sequences of the same sizes: the same rows, batch size, width, head, loss and optimiser. Both run in turns on one
thread; processor seconds count, so that what else runs on the machine tells little. Prints records per second.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from molkit.data.records import Record
from molkit.features.events import EventFeaturizer
from molkit.learners.neural import NeuralLearner, NeuralOptions
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

CODES = tuple(f"code {number}" for number in range(44))
BATCH, EPOCHS = 64, 2


def synthetic(rows: int) -> list[Record]:
    """About 440 events each, in some of 48 hours."""
    rng, found = np.random.default_rng(0), []
    for row in range(rows):
        count = int(rng.integers(100, 800))
        hours = np.sort(rng.uniform(0, rng.uniform(20, 48), count))[::-1].astype(np.float32)
        codes = rng.integers(0, len(CODES), count).astype(np.int32)
        found.append(Record(str(row), 48.0, CODES, codes, hours, rng.normal(size=count).astype(np.float32)))
    return found


class Bare(nn.Module):
    """What molkit's network computes, without anything around it."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.recurrent = nn.GRU(inputs, width, batch_first=True)
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        """Raw outputs [B, 1]."""
        packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
        return self.head(self.recurrent(packed)[1][-1])


def bare_loop(padded: Tensor, lengths: Tensor, labels: Tensor, width: int) -> None:
    """Train as one would write it by hand."""
    model = Bare(padded.shape[2], width)
    optimizer = torch.optim.Adam(model.parameters())
    loss = nn.BCEWithLogitsLoss()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(padded)).split(BATCH):
            optimizer.zero_grad()
            loss(model(padded[rows], lengths[rows]), labels[rows]).backward()
            optimizer.step()


def seconds(work: Callable[[], None]) -> float:
    """Processor seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(rows: int, width: int, rounds: int) -> tuple[float, float]:
    """Records per second of molkit's learner and of the bare loop, the median of some rounds in turns."""
    steps = EventFeaturizer(CODES)(synthetic(rows))
    values = np.random.default_rng(1).integers(0, 2, (rows, 1)).astype(np.float64)
    labels = Measurements(values, np.zeros((rows, 1), np.int8), np.ones(rows))
    options = NeuralOptions({"record": "event-gru"}, width, 1, fit=FitOptions(epochs=EPOCHS, batch_size=BATCH))
    columns, every = {"record/events": Column(steps, np.arange(rows))}, np.arange(rows)
    lengths = torch.from_numpy(np.diff(steps.offsets))
    padded = torch.randn(rows, int(lengths.max()), 2 * len(CODES) + 2)
    own, bare = [], []
    learner = NeuralLearner(("binary",), options)
    for _ in range(rounds):
        own.append(seconds(lambda: learner.fit(columns, labels, every, every[:0], 0)))
        bare.append(seconds(lambda: bare_loop(padded, lengths, torch.from_numpy(values).float(), width)))
    return rows * EPOCHS / float(np.median(own)), rows * EPOCHS / float(np.median(bare))


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1200, help="at least 1,024, so that batches are full")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    own, bare = compare(given.records, given.width, given.rounds)
    print(f"molkit {own:,.0f} records/s, bare loop {bare:,.0f}, ratio {own / bare:.2f}")


if __name__ == "__main__":
    main()
