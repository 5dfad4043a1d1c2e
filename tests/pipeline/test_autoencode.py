"""From a library to an autoencoder's model file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.learners.autoencoder import AutoencoderOptions
from molkit.pipeline.autoencode import AutoencodeResult, autoencode_table
from molkit.pipeline.autoencoder_plan import hold_out
from molkit.pipeline.known import structure_hashes
from molkit.pipeline.opened import open_models

TINY = AutoencoderOptions(module={"latent": 4, "width": 8, "hidden": 16}, epochs=2)
GOOD = ["C" * (1 + n % 9) + end for n in range(40) for end in ("O", "N", "c1ccccc1", "C(=O)O", "Cl")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "lib.csv"
    rows = [*GOOD[:10], "not a molecule", *GOOD[10:], "OCC", "C[Hg]C", ""]
    path.write_text("smiles\n" + "\n".join(f'"{row}"' for row in rows) + "\n")
    return path


def run(library: Path, out: Path, **options: object) -> AutoencodeResult:
    return autoencode_table(library, out, options=TINY, config=RunConfig(workers=1), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def result(library: Path) -> AutoencodeResult:
    return run(library, library.with_name("lib.molkit"))


def test_rows_are_accounted_for(result: AutoencodeResult) -> None:
    training = result.content["training"]
    assert training["n"] + training["held_out"] == len(set(GOOD))
    assert sorted(result.rejected) == [11, 203, 204]
    assert result.left_out + sum(training["unreadable"].values()) == 3
    assert result.card.count("# Model card") == 1
    assert not (result.path.with_name("lib.molkit.unfinished")).exists()


def test_the_file_holds_all_that_is_needed_and_no_structures(result: AutoencodeResult) -> None:
    bundle = read_bundle(result.path)
    assert bundle.model["kind"] == "autoencoder"
    assert set(bundle.entries) >= {
        "autoencoder/arrays.safetensors", "density.safetensors", "novelty.safetensors", "known.safetensors",
    }  # fmt: skip
    assert bundle.arrays("known.safetensors")["hashes"].shape == (bundle.model["training"]["n"],)
    assert bundle.arrays("density.safetensors")["means"].shape[1] == 4
    with pytest.raises(InputError, match="is an autoencoder, which predicts nothing"):
        open_models([result.path])


def test_a_repeated_run_gives_the_same_bytes(library: Path, result: AutoencodeResult, tmp_path: Path) -> None:
    again = run(library, tmp_path / "again.molkit")
    assert again.sha256 == result.sha256


def test_a_killed_run_goes_on(library: Path, result: AutoencodeResult, tmp_path: Path) -> None:
    calls = 0

    def progress(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        nonlocal calls
        calls += stage == "training"
        if calls == 1 and stage == "training":
            raise KeyboardInterrupt

    out = tmp_path / "killed.molkit"
    with pytest.raises(KeyboardInterrupt):
        run(library, out, progress=progress)
    assert [path.name for path in tmp_path.iterdir()] == ["killed.molkit.unfinished"]
    again = run(library, out)
    assert "Went on from where an interrupted run stood." in again.notes
    ours, theirs = read_bundle(out), read_bundle(result.path)
    assert ours.entries["autoencoder/arrays.safetensors"] == theirs.entries["autoencoder/arrays.safetensors"]


def test_some_rows_at_random(library: Path, tmp_path: Path) -> None:
    found = run(library, tmp_path / "some.molkit", rows=100)
    training = found.content["training"]
    assert training["n"] + training["held_out"] <= 100
    assert max(found.rejected, default=0) <= 100 + 104


def test_held_out_molecules_of_other_atoms_leave_no_scores_but_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "lib.csv"
    table.write_text("smiles\n" + "\n".join([*dict.fromkeys(GOOD), "CBr"]) + "\n")
    last = lambda count, seed, share: (np.array([count - 1]), np.arange(count - 1))  # noqa: E731
    monkeypatch.setattr("molkit.pipeline.autoencode.hold_out", last)
    found = run(table, tmp_path / "a.molkit")
    assert found.content["training"]["held_out"] == 0
    assert set(found.content["scores"]) == {"valid", "unique", "new"}
    assert "None of those held out has only parts that training has" in found.card
    assert read_bundle(found.path).sha256 == found.sha256


def test_rows_chosen_at_random_keep_their_numbers(tmp_path: Path) -> None:
    table = tmp_path / "lib.csv"
    table.write_text("smiles\n" + "\n".join([*GOOD[:100], *["not a molecule"] * 100]) + "\n")
    found = run(table, tmp_path / "some.molkit", rows=120)
    assert 20 < len(found.rejected) < 100
    assert all(101 <= row <= 200 for row in found.rejected)
    assert all(sentence.startswith(f"Row {row}") for row, sentence in found.rejected.items())


@pytest.mark.parametrize(
    ("kind", "said"), [("selfie", "expected one of selfies, smiles"), ("image", "expected one of")]
)
def test_unknown_kinds_are_told(library: Path, tmp_path: Path, kind: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        run(library, tmp_path / "x.molkit", kind=kind)
    assert list(tmp_path.iterdir()) == []


def test_too_small_a_library_is_told(tmp_path: Path) -> None:
    table = tmp_path / "small.csv"
    table.write_text("smiles\nCCO\nxx\n")
    with pytest.raises(InputError, match="20 readable rows or more, got 1; the first of the others"):
        run(table, tmp_path / "x.molkit")


def test_parts_are_disjoint_and_all() -> None:
    held, train = hold_out(1000, 3)
    assert len(held) == 50
    assert sorted([*held, *train]) == list(range(1000))
    assert hold_out(1000, 4)[0].tolist() != held.tolist()


def test_hashes_tell_what_was_in_training() -> None:
    hashes = structure_hashes(["CCO", "CCN"])
    expected = int.from_bytes(hashlib.blake2b(b"CCN", digest_size=8).digest(), "little")
    assert expected in hashes.tolist()
    assert hashes.dtype == np.uint64
    assert len(set(hashes.tolist())) == 2
