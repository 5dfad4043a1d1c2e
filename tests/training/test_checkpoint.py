"""Checkpoints beside an output."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from molkit.errors import InputError
from molkit.training.checkpoint import load_checkpoint, remove_checkpoint, save_checkpoint
from molkit.training.fit import Checkpoint

FOUND = Checkpoint(
    (3.0, 2.5), 40, {"a.b": torch.arange(4.0)}, {"0.step": torch.tensor(40.0), "0.exp_avg": torch.ones(4)}
)
IDENTITY = {"seed": 3, "library": {"x.csv": [10, 2]}}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    out = tmp_path / "model.molkit"
    assert load_checkpoint(out, IDENTITY) is None
    save_checkpoint(out, IDENTITY, FOUND, 12.5)
    loaded = load_checkpoint(out, IDENTITY)
    assert loaded is not None
    again, seconds = loaded
    assert (again.train, again.steps, seconds) == (FOUND.train, FOUND.steps, 12.5)
    for part in ("weights", "moments"):
        assert {name: value.tolist() for name, value in getattr(again, part).items()} == {
            name: value.tolist() for name, value in getattr(FOUND, part).items()
        }
    remove_checkpoint(out)
    assert list(tmp_path.iterdir()) == []


def test_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "model.molkit"
    save_checkpoint(out, IDENTITY, FOUND, 1.0)
    with pytest.raises(InputError, match="another seed; repeat the same command, add --overwrite"):
        load_checkpoint(out, {**IDENTITY, "seed": 4})
    assert load_checkpoint(out, {**IDENTITY, "seed": 4}, overwrite=True) is None


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", b"\x00" * 100])
def test_a_damaged_file_is_told(tmp_path: Path, damage: bytes) -> None:
    out = tmp_path / "model.molkit"
    (tmp_path / "model.molkit.unfinished").write_bytes(damage)
    with pytest.raises(InputError, match="damaged or no unfinished training"):
        load_checkpoint(out, IDENTITY)
