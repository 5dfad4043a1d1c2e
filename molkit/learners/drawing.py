"""First weights that depend on a seed alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Torch draws first weights from one generator of the whole process.
_BUILDING = threading.Lock()


@contextmanager
def drawing(seed: int) -> Iterator[None]:
    """First weights depend on the seed alone, and no random numbers of others are used up."""
    with _BUILDING, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
