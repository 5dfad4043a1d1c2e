"""What becomes of each molecule that was written: refused for a reason that is counted, or kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from molkit.chem.policy import Policy
from molkit.engine.flags import FLAGS, PICTURE
from molkit.engine.jobs import cell_chunks
from molkit.engine.workers import Job, WorkerPool
from molkit.generation.writer import Writer
from molkit.pipeline.packing import fingerprint_pool, packing_pool

_CHUNK = 50


@dataclass(frozen=True)
class Limits:
    """What a kept molecule has to meet; None is no limit.

    `similarity` are the least and greatest Tanimoto coefficient to the hit, Morgan environments up to radius 2.
    """

    similarity: tuple[float, float] = (0.0, 1.0)
    alerts: int | None = None
    accessibility: float | None = None


@dataclass
class Checks:
    """Workers that look at what was written, what was seen before, and how often each refusal came; a context."""

    writer: Writer
    limits: Limits = Limits()
    hit: np.ndarray | None = None  # packed bits uint8 [bytes] of the hit
    workers: int = 0
    known: set[str] = field(default_factory=set)  # standardised SMILES that are not new, or came before
    counts: Counter[str] = field(default_factory=Counter)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Checks:
        policy = self.writer.policy
        self._standard = self._stack.enter_context(packing_pool("standardise_chunk", policy, [], {}, self.workers))
        self._bits = self._stack.enter_context(fingerprint_pool(policy, self.workers))
        self._flags = self._stack.enter_context(flag_pool(policy, self.workers))
        return self

    def __exit__(self, *about: Any) -> None:
        self._stack.close()

    def standardised(self, texts: Sequence[str]) -> list[str]:
        """The new ones among what was written, each once."""
        found: list[str] = []
        for result in self._standard.map(cell_chunks(list(texts), {}, _CHUNK)):
            for smiles, status in zip(result["smiles_std"], result["status"], strict=True):
                self.counts["written"] += 1
                if smiles is None:
                    self.counts[f"unreadable ({status})"] += 1
                elif smiles in self.known:
                    self.counts["written before"] += 1
                else:
                    self.known.add(smiles)
                    found.append(smiles)
        trained_on = self.writer.trained_on(found)
        self.counts["in training"] += int(trained_on.sum())
        return [smiles for smiles, known in zip(found, trained_on, strict=True) if not known]

    def similar(self, smiles: Sequence[str]) -> tuple[list[str], list[float]]:
        """Those that are as similar to the hit as they should be, and how similar."""
        if self.hit is None:
            return list(smiles), [float("nan")] * len(smiles)
        kept: list[str] = []
        values: list[float] = []
        low, high = self.limits.similarity
        for result in self._bits.map(cell_chunks(list(smiles), {}, _CHUNK)):
            for text, value in zip(result["smiles"], similarity(result["bits"], self.hit), strict=True):
                if text is not None and low <= value <= high:
                    kept.append(text)
                    values.append(float(value))
        self.counts["too unlike or too like the hit"] += len(smiles) - len(kept)
        return kept, values

    def flagged(self, smiles: Sequence[str]) -> dict[str, list[Any]]:
        """Flags and drawings of those within the limits of alerts and accessibility, beside their "smiles"."""
        names = (*FLAGS, PICTURE)
        columns: dict[str, list[Any]] = {name: [] for name in ("smiles", *names)}
        start = 0
        for result in self._flags.map(cell_chunks(list(smiles), {}, _CHUNK)):
            for place in range(len(result["qed"])):
                if self._allowed(result["alerts"][place], result["sa_score"][place]):
                    columns["smiles"].append(smiles[start + place])
                    for name in names:
                        columns[name].append(result[name][place])
            start += len(result["qed"])
        return columns

    def _allowed(self, alerts: str | None, accessibility: float | None) -> bool:
        if self.limits.alerts is not None and len(alerts.split("; ") if alerts else []) > self.limits.alerts:
            self.counts["too many alerts"] += 1
            return False
        if self.limits.accessibility is not None and (accessibility or np.inf) > self.limits.accessibility:
            self.counts["too hard to make"] += 1
            return False
        return True


def similarity(bits: np.ndarray | None, hit: np.ndarray) -> np.ndarray:
    """Tanimoto coefficient of packed bits uint8 [n, bytes] and those of one structure, float64 [n]; None is no bits."""
    if bits is None:
        return np.zeros(0)
    shared = np.bitwise_count(bits & hit).sum(axis=1, dtype=np.int64)
    either = np.bitwise_count(bits | hit).sum(axis=1, dtype=np.int64)
    return shared / np.maximum(either, 1)


def flag_pool(policy: Policy, workers: int) -> WorkerPool:
    """Workers that flag and draw structures."""
    job = Job("molkit.engine.flags:load_flagger", (asdict(policy), ()), "molkit.engine.flags:flag_chunk")
    return WorkerPool(job, workers, policy.limits.seconds, policy.limits.memory_mb)
