"""What becomes of each molecule that was written: a candidate, or refused for a reason that is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from molkit.domain import SimilarityIndex
from molkit.engine.columns import DRAWN
from molkit.engine.flags import FLAGS, PICTURE
from molkit.engine.jobs import cell_chunks
from molkit.generation.options import Limits
from molkit.generation.writer import Writer
from molkit.pipeline.packing import fingerprint_pool, flag_pool

_CHUNK = 50  # flags take long enough that small chunks keep all workers busy
_DIGITS = 4  # of a similarity, as it is shown and held against limits


@dataclass(frozen=True)
class Hit:
    """A molecule to stay near: standardised SMILES, packed bits uint8 [256] and latent vector float32 [L]."""

    smiles: str
    bits: np.ndarray
    vector: np.ndarray


@dataclass(frozen=True)
class Candidate:
    """A new molecule within the limits.

    `place` is that of its vector among those written for, `similarity` that to the hit, NaN without one; `flags` are
    the columns `FLAGS`, a drawing and a mol block.
    """

    place: int
    smiles: str
    bits: np.ndarray = field(repr=False)  # packed, uint8 [256]
    similarity: float = float("nan")
    flags: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class Checks:
    """Workers that look at what was written, and how many were `written` and refused (`fates`); a context.

    `old` are standardised SMILES of molecules that are not new.
    """

    writer: Writer
    limits: Limits = Limits()
    hit: Hit | None = None
    old: Collection[str] = ()
    workers: int = 0
    written: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    _texts: set[str] = field(default_factory=set, repr=False)  # as they were written
    _seen: set[str] = field(default_factory=set, repr=False)  # standardised
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Checks:
        policy = self.writer.policy
        self._reading = self._stack.enter_context(fingerprint_pool(policy, self.workers))
        self._flagging = self._stack.enter_context(flag_pool(policy, self.workers))
        return self

    def __exit__(self, *about: Any) -> None:
        self._stack.close()

    def candidates(self, texts: Sequence[str]) -> list[Candidate]:
        """Those of the SMILES written that are molecules, new and within the limits, each once in a run."""
        self.written += len(texts)
        return list(self._flagged(self._similar(list(self._new(texts)))))

    def _new(self, texts: Sequence[str]) -> Iterator[Candidate]:
        places = [place for place, text in enumerate(texts) if self._unread(text)]
        self.fates["written before"] += len(texts) - len(places)
        chunks = self._reading.map(cell_chunks([texts[place] for place in places], {}, _CHUNK))
        for start, result in zip(range(0, len(places), _CHUNK), chunks, strict=True):
            self.fates.update(f"not a molecule ({problem.status})" for problem in result["problems"].values())
            for row, at in enumerate(result["rows"]):
                smiles = result["smiles"][row]
                if fate := self._known(smiles):
                    self.fates[fate] += 1
                else:
                    yield Candidate(places[start + at], smiles, result["bits"][row])

    def _unread(self, text: str) -> bool:
        """Whether a text was not written before, letter for letter."""
        before = len(self._texts)
        self._texts.add(text)
        return len(self._texts) > before

    def _known(self, smiles: str | None) -> str:
        """Why a molecule is not new, "" if it is."""
        if smiles is None:
            return "not a molecule (crashed)"
        if smiles in self._seen:
            return "written before"
        self._seen.add(smiles)
        if self.hit and smiles == self.hit.smiles:
            return "the hit itself"
        if smiles in self.old:
            return "not new to the given table"
        return "in training" if self.writer.trained_on([smiles])[0] else ""

    def _similar(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Those that are as similar to the hit as they should be."""
        if self.hit is None or not found:
            return list(found)
        values = SimilarityIndex(self.hit.bits[None]).similarity(np.stack([one.bits for one in found]))[:, 0]
        kept = []
        low, high = self.limits.similarity
        for one, value in zip(found, np.round(values.astype(float), _DIGITS).tolist(), strict=True):
            if low <= value <= high:
                kept.append(Candidate(one.place, one.smiles, one.bits, value))
            else:
                self.fates["too unlike the hit" if value < low else "too like the hit"] += 1
        return kept

    def _flagged(self, found: Sequence[Candidate]) -> Iterator[Candidate]:
        """Those within the limits of alerts and accessibility, with flags."""
        chunks = self._flagging.map(cell_chunks([one.smiles for one in found], {}, _CHUNK))
        places = iter(found)
        for columns in chunks:
            for row in range(len(columns["flags_note"])):
                one = next(places)
                flags = {name: columns[name][row] for name in (*FLAGS, PICTURE, DRAWN)}
                if fate := _beyond(flags, self.limits):
                    self.fates[fate] += 1
                else:
                    yield Candidate(one.place, one.smiles, one.bits, one.similarity, flags)


def _beyond(flags: Mapping[str, Any], limits: Limits) -> str:
    """Which limit a molecule does not meet, "" if it meets all; what could not be looked at meets none."""
    limited = limits.alerts is not None or limits.accessibility is not None
    if limited and flags["flags_note"]:
        return "with flags that could not be computed"
    if limits.alerts is not None and count_alerts(flags["alerts"]) > limits.alerts:
        return "with too many alerts"
    if limits.accessibility is not None and flags["sa_score"] > limits.accessibility:
        return "too hard to make"
    return ""


def count_alerts(cell: str | None) -> int:
    """How many alerts a cell names.

    >>> count_alerts("BRENK: nitro_group; BRENK: Oxygen-nitrogen_single_bond")
    2
    """
    return len(cell.split("; ")) if cell else 0
