"""Worker processes that read structures under a policy and make features of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from molkit.chem.policy import Policy
from molkit.engine.workers import Job, WorkerPool
from molkit.features.inputs import Input, called, seconds_per_row


def packing_pool(
    function: str,
    policy: Policy,
    keys: Sequence[str],
    options: Mapping[str, Mapping[str, Any]],
    workers: int,
    draws: bool = False,
    one: Input | None = None,
) -> WorkerPool:
    """A pool that does `function` of `molkit.engine.pack`, of molecules or another input `one`.

    `options` are those of featurizers by kind.
    """
    arguments = (asdict(policy), tuple(keys), {kind: dict(values) for kind, values in options.items()}, draws, one)
    job = Job("molkit.engine.pack:load_packer", arguments, f"molkit.engine.pack:{function}")
    inputs = () if one is None else (one,)
    seconds = seconds_per_row(inputs, policy.limits.seconds)
    return WorkerPool(job, workers, seconds, policy.limits.memory_mb, thing=called(inputs))


def fingerprint_pool(policy: Policy, workers: int, useful: int | None = None) -> WorkerPool:
    """A pool that does `molkit.engine.fingerprints.fingerprint_chunk`, of at most `useful` workers."""
    module = "molkit.engine.fingerprints"
    job = Job(f"{module}:load_policy", (asdict(policy),), f"{module}:fingerprint_chunk")
    return WorkerPool(job, workers, policy.limits.seconds, policy.limits.memory_mb, useful)


def flag_pool(
    policy: Policy, workers: int, useful: int | None = None, patterns: Sequence[tuple[str, str]] = ()
) -> WorkerPool:
    """A pool that does `molkit.engine.flags.flag_chunk`; `patterns` are the user's own, names and SMARTS."""
    module = "molkit.engine.flags"
    job = Job(f"{module}:load_flagger", (asdict(policy), tuple(patterns)), f"{module}:flag_chunk")
    return WorkerPool(job, workers, policy.limits.seconds, policy.limits.memory_mb, useful)
