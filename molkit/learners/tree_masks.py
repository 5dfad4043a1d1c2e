"""The leaves that many rows end in, found for 64 rows at once.

Whether a feature is above a threshold is one bit per row, so the rows that reach a node are a mask: those of the node
above that turn its way. The leaves of a tree are numbered, and the masks of those leaves whose number has a binary
digit give this digit of every row's leaf. What several nodes ask is asked once (Ye et al., KDD 2018, 941).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from molkit.learners.flat_trees import FlatTrees

BLOCK = 512  # rows at once: as many as a cache line has bits
_MOST_LEAVES = 256  # of a tree, so that a number is a byte; with more, following the rows down is as fast
_QUESTIONS_AT_ONCE = 256  # so that the features they ask about stay in the cache


@dataclass(frozen=True)
class Level:
    """The inner nodes of one depth of all trees: masks `above` are parted by the answers to `question`.

    The masks of the children that lie left begin at `first`; those of the right ones follow.
    """

    above: np.ndarray  # intp [nodes]
    question: np.ndarray  # intp [nodes]
    first: int


@dataclass(frozen=True)
class TreeMasks:
    """T trees as Q distinct questions, and how their answers part the rows."""

    feature: np.ndarray  # intp [Q]
    threshold: np.ndarray  # float32 [Q, 1]
    levels: tuple[Level, ...]
    ends: np.ndarray  # intp [leaves, T], the mask of each numbered leaf; the last mask, which is empty, for none
    digits: int  # of the number of a leaf
    value: np.ndarray  # float32 [T * leaves]

    def leaf_values(self, features: np.ndarray) -> np.ndarray:
        """The value of each row's leaf in each tree, [n, T], for at most `BLOCK` rows float32 [n, F].

        Fastest where the values of a feature lie side by side in memory.
        """
        reached, rows, trees = self._reached(self._answers(features)), len(features), self.ends.shape[1]
        masks = reached[self.ends.ravel()].reshape(len(self.ends), -1)
        number = np.zeros((trees, rows), np.uint8)
        for digit in range(self.digits):
            even, odd = masks[0::2], masks[1::2]
            having = np.bitwise_or.reduce(odd, axis=0).reshape(trees, -1)
            number |= np.unpackbits(having.view(np.uint8), axis=1, count=rows, bitorder="little") << digit
            masks = even | odd
        first = np.arange(trees, dtype=np.int32) << self.digits
        return self.value[first + np.ascontiguousarray(number.T)]

    def _answers(self, features: np.ndarray) -> np.ndarray:
        """Which rows are above the threshold of each question, uint64 [Q, words]."""
        by_feature = features.T
        answers = np.zeros((len(self.feature), 8 * -(-len(features) // 64)), np.uint8)
        for start in range(0, len(answers), _QUESTIONS_AT_ONCE):
            part = slice(start, start + _QUESTIONS_AT_ONCE)
            above = by_feature[self.feature[part]] > self.threshold[part]
            packed = np.packbits(above, axis=1, bitorder="little")
            answers[part, : packed.shape[1]] = packed
        return answers.view(np.uint64)

    def _reached(self, answers: np.ndarray) -> np.ndarray:
        """The rows that reach each node, uint64 [nodes + 1, words], nodes by depth; none reach the last."""
        trees, words = self.ends.shape[1], answers.shape[1]
        reached = np.empty((self.nodes + 1, words), np.uint64)
        reached[:trees] = ~np.uint64(0)
        reached[-1] = 0
        for level in self.levels:
            middle, stop = level.first + len(level.above), level.first + 2 * len(level.above)
            above = reached[level.above]
            right = np.bitwise_and(above, answers[level.question], out=reached[middle:stop])
            np.bitwise_xor(above, right, out=reached[level.first : middle])
        return reached

    @property
    def nodes(self) -> int:
        """How many there are in all trees."""
        trees = self.ends.shape[1]
        return trees + sum(2 * len(level.above) for level in self.levels)


def tree_masks(trees: FlatTrees) -> TreeMasks | None:
    """The same trees for many rows at once; None where a tree has too many leaves for this to be faster."""
    inner = trees.child != np.arange(len(trees.child))
    feature, threshold, question = _questions(trees, inner)
    node, tree, start = trees.roots.astype(np.intp), np.arange(len(trees.roots)), 0
    levels: list[Level] = []
    found: list[tuple[np.ndarray, ...]] = []  # the tree, the mask and the node of the leaves of each depth
    while len(node):
        at, end = np.flatnonzero(inner[node]), np.flatnonzero(~inner[node])
        found.append((tree[end], start + end, node[end]))
        levels.append(Level(start + at, question[node[at]], start + len(node)))
        start += len(node)
        if start > len(inner):  # nodes that can be reached in several ways, which no library grows
            return None
        left, below = trees.child[node[at]].astype(np.intp), tree[at]
        node, tree = np.concatenate([left, left + 1]), np.concatenate([below, below])
    owner, place, leaf = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(owner, kind="stable")
    owner, place, leaf = owner[order], place[order], leaf[order]
    number = np.arange(len(owner)) - np.searchsorted(owner, owner)
    digits = int(number.max(initial=0)).bit_length()
    if 1 << digits > _MOST_LEAVES:
        return None
    ends = np.full((1 << digits, len(trees.roots)), start)
    ends[number, owner] = place
    value = np.zeros((len(trees.roots), 1 << digits), np.float32)
    value[owner, number] = trees.value[leaf]
    return TreeMasks(feature, threshold[:, None], tuple(levels[:-1]), ends, digits, value.ravel())


def _questions(trees: FlatTrees, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Feature and threshold of each distinct question, and the question of each inner node, [nodes]."""
    asking = np.flatnonzero(inner)
    feature, threshold = trees.feature[asking].astype(np.int64), trees.threshold[asking]
    both = feature << 32 | threshold.view(np.uint32)
    _, first, place = np.unique(both, return_index=True, return_inverse=True)
    question = np.zeros(len(inner), np.intp)
    question[asking] = place
    return feature[first], threshold[first], question
