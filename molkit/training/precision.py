"""Products in less than single precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext


def multiplies_bfloat16() -> bool:
    """Whether the processor multiplies matrices of bfloat16 by instructions of its own."""
    import torch

    checks = (getattr(torch.cpu, f"_is_{name}_supported", None) for name in ("avx512_bf16", "amx_tile"))
    return any(check is not None and check() for check in checks)


@contextmanager
def reduced_precision() -> Iterator[None]:
    """Products in bfloat16 where the processor multiplies it, which trains recurrent networks 2 to 3 times as fast."""
    import torch

    with torch.autocast("cpu", torch.bfloat16, cache_enabled=False) if multiplies_bfloat16() else nullcontext():
        yield
