"""What training needs to go on, beside the output that it works for: safetensors, nothing pickled."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from molkit.data.journal import journal_path
from molkit.data.write import atomic_path
from molkit.errors import InputError
from molkit.training.fit import Checkpoint

_WHAT = "molkit training 1"


def save_checkpoint(out: Path, identity: Mapping[str, Any], found: Checkpoint, seconds: float) -> None:
    """Keep a checkpoint for the run that writes `out`; `identity` says by JSON values what decides its result."""
    from safetensors.torch import save_file

    tensors = {f"weights/{name}": value.contiguous() for name, value in found.weights.items()}
    tensors |= {f"moments/{name}": value.contiguous() for name, value in found.moments.items()}
    told = {"train": list(found.train), "steps": found.steps, "seconds": seconds, "identity": identity}
    with atomic_path(journal_path(out), overwrite=True) as unfinished:
        save_file(tensors, unfinished, {"what": _WHAT, "told": json.dumps(told, sort_keys=True)})


def load_checkpoint(out: Path, identity: Mapping[str, Any], overwrite: bool = False) -> tuple[Checkpoint, float] | None:
    """The checkpoint of an unfinished run that writes `out` and the seconds it took; None if there is none.

    Raises InputError if another run stands unfinished there, unless `overwrite` starts anew.
    """
    path = journal_path(out)
    if not path.exists():
        return None
    told, tensors = _read(path)
    mine, theirs = json.loads(json.dumps(identity)), told["identity"]
    differs = [key for key in sorted({*mine, *theirs}) if mine.get(key) != theirs.get(key)]
    if differs and overwrite:
        return None
    if differs:
        raise InputError(
            f"{path}: is an unfinished run with another {', '.join(differs)}; repeat the same command, add --overwrite "
            "to start anew, or choose another name"
        )
    parts = {
        part: {name.removeprefix(f"{part}/"): value for name, value in tensors.items() if name.startswith(f"{part}/")}
        for part in ("weights", "moments")
    }
    return Checkpoint(tuple(told["train"]), told["steps"], **parts), float(told["seconds"])


def remove_checkpoint(out: Path) -> None:
    """Forget an unfinished run, as it is finished."""
    with contextlib.suppress(OSError):
        journal_path(out).unlink(missing_ok=True)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            if about.get("what") != _WHAT:
                raise InputError(f"{path}: is no unfinished training; move it away or choose another name")
            return json.loads(about["told"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: is damaged or no unfinished training; remove it or choose another name") from error
