"""Model files: what is written is read, and damage is an error, never a surprise."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trained import tree_model

import molkit.bundle as bundle_module
from molkit.bundle import FORMAT, Bundle, array_bytes, read_bundle, to_json, write_bundle
from molkit.errors import BundleError

MODEL = {"config": {"seed": 1}, "targets": ["löslichkeit"], "weights": [[0.1], [0.9]]}
CARD = "# Größe – a card\n"
MODEL_ENTRY = "model.json"


def entries() -> dict[str, bytes]:
    arrays = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.array([[1, 2]], np.uint8)}
    return {
        "learners/0/0/arrays.safetensors": array_bytes(arrays),
        "learners/0/0/config.json": to_json({"x": [1, None]}),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "small.molkit"
    write_bundle(path, MODEL, CARD, entries())
    return path


def contents(bundle: Bundle) -> tuple[Any, ...]:
    return bundle.model, bundle.card, bundle.entries, bundle.sha256


def test_what_is_written_is_read(path: Path) -> None:
    bundle = read_bundle(path)
    assert (bundle.model, bundle.card) == (MODEL, CARD)
    assert {name: bundle.entries[name] for name in entries()} == entries()
    assert bundle.json("learners/0/0/config.json") == {"x": [1, None]}
    arrays = bundle.arrays("learners/0/0/arrays.safetensors")
    np.testing.assert_array_equal(arrays["a"], np.arange(12).reshape(3, 4))
    assert (arrays["a"].dtype, arrays["b"].dtype) == (np.float32, np.uint8)


def test_arrays_keep_their_bits_whatever_their_layout() -> None:
    turned = np.arange(6.0).reshape(2, 3).T
    odd = {
        "turned": turned,
        "cut": np.arange(10)[::3],
        "odd": np.array([np.nan, np.inf, -0.0]),
        "none": np.empty((0, 4)),
    }
    again = Bundle({}, "", {"x": array_bytes(odd)}, "").arrays("x")
    for name, array in odd.items():
        assert again[name].shape == array.shape
        assert again[name].tobytes() == np.ascontiguousarray(array).tobytes()


def test_the_answer_of_writing_is_the_stored_hash(tmp_path: Path) -> None:
    sha256 = write_bundle(tmp_path / "x.molkit", MODEL, CARD, entries())
    assert read_bundle(tmp_path / "x.molkit").sha256 == sha256
    other = write_bundle(tmp_path / "y.molkit", MODEL, CARD + " ", entries())
    assert other != sha256


def test_equal_models_are_equal_bytes(path: Path, tmp_path: Path) -> None:
    backwards = dict(reversed(MODEL.items())), CARD, dict(reversed(entries().items()))
    write_bundle(tmp_path / "again.molkit", *backwards)
    assert (tmp_path / "again.molkit").read_bytes() == path.read_bytes()


def test_numbers_that_json_cannot_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"x": float("nan")})


@pytest.mark.parametrize(("kind", "flips", "cuts"), [("boosting", 1000, 200), ("dmpnn", 100, 30)])
def test_a_flipped_or_cut_model_is_an_error_or_the_very_same(
    kind: str, flips: int, cuts: int, models: dict[str, Path], tmp_path: Path
) -> None:
    original = models[kind].read_bytes()
    expected = contents(read_bundle(models[kind]))
    rng = np.random.default_rng(0)
    damaged = tmp_path / "damaged.molkit"

    def survives(data: bytes) -> bool:
        damaged.write_bytes(data)
        try:
            found = contents(read_bundle(damaged))
        except BundleError:
            return False
        assert found == expected
        return True

    # half of the flips go to the last 2,000 bytes, the zip directory, where a reader has most to misread
    ends = len(original) - rng.integers(1, 2000, flips // 2)
    survivors = 0
    for place in [*rng.integers(0, len(original), flips // 2).tolist(), *ends.tolist()]:
        data = bytearray(original)
        data[place] ^= int(rng.integers(1, 256))
        survivors += survives(bytes(data))
    assert survivors < flips / 2
    places = [0, 1, len(original) - 1, *rng.integers(0, len(original), cuts).tolist()]
    assert not any(survives(original[:cut]) for cut in places)


def rewritten(path: Path, change: Any) -> None:
    """The same file with its manifest changed and its hashes made to fit."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(found["manifest.json"])
    change(manifest, found)
    found["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in found.items():
            archive.writestr(name, data)


def test_a_newer_format_is_refused_by_name(path: Path) -> None:
    rewritten(path, lambda manifest, _: manifest.update(format=FORMAT + 1))
    with pytest.raises(BundleError, match=rf"format {FORMAT + 1}.*reads formats up to {FORMAT}; update molkit"):
        read_bundle(path)


def test_an_entry_that_does_not_fit_its_hash_is_refused(path: Path) -> None:
    rewritten(path, lambda _, found: found.update({"card.md": b"another card"}))
    with pytest.raises(BundleError, match="do not match the stored hash"):
        read_bundle(path)


def test_a_rehashed_entry_still_changes_the_content_hash(path: Path) -> None:
    def change(manifest: dict[str, Any], found: dict[str, bytes]) -> None:
        found["card.md"] = b"another card"
        manifest["entries"]["card.md"] = hashlib.sha256(b"another card").hexdigest()

    rewritten(path, change)
    with pytest.raises(BundleError, match="do not match the stored hash"):
        read_bundle(path)


def test_a_list_of_hashes_that_does_not_fit_is_refused(path: Path) -> None:
    rewritten(path, lambda manifest, _: manifest["entries"].update({"card.md": "0" * 64}))
    with pytest.raises(BundleError, match="do not match the stored hash"):
        read_bundle(path)


def test_an_entry_more_or_less_is_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "less.molkit"
    other.write_bytes(path.read_bytes())
    rewritten(path, lambda _, found: found.update({"extra.json": b"{}"}))
    rewritten(other, lambda _, found: found.pop("card.md"))
    for damaged in (path, other):
        with pytest.raises(BundleError, match="do not match the stored hash"):
            read_bundle(damaged)


def test_an_entry_that_occurs_twice_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("card.md", "another card")
    with pytest.raises(BundleError, match="occurs twice"):
        read_bundle(path)


def test_a_file_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.molkit"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.md", bytes(40_000_000))
    with pytest.raises(BundleError, match="unpacks to more"):
        read_bundle(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18), b"\x80\x04K\x01."])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.molkit"
    path.write_bytes(content)
    with pytest.raises(BundleError, match="not a molkit model"):
        read_bundle(path)


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b'{"format": 1}', b"nul", b"\xff", b'{"format": 1, "entries": 3, "sha256": 4}']
)
def test_a_manifest_that_is_none_is_refused(manifest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.molkit"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", manifest)
    with pytest.raises(BundleError):
        read_bundle(path)


def test_missing_files_and_folders_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.molkit", tmp_path):
        with pytest.raises(BundleError, match="cannot be read"):
            read_bundle(path)


def test_reading_needs_nothing_that_could_execute() -> None:
    """Only these modules are imported by the reader, and none of them runs what it reads."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(bundle_module))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    allowed = {"__future__", "collections", "dataclasses", "hashlib", "io", "json", "math", "molkit", "numpy"}
    assert {name.partition(".")[0] for name in names} <= allowed | {"pathlib", "safetensors", "typing", "zipfile"}
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("older", [1, 2])
def test_files_of_older_formats_predict_what_they_did(older: int, tmp_path: Path) -> None:
    """A new model written down as the format of its time held it: calibration, one width, limits of similarity."""
    import molkit
    from molkit.evaluation.recalibrate import Calibration

    now = read_bundle(tree_model())
    model = {name: value for name, value in now.model.items() if name not in ("trust", "trust_scores", "calibration")}
    model |= {"half_widths": [0.7], "domain": {"edge": 0.5, "out": 0.3}}
    parts = {name: data for name, data in now.entries.items() if name not in (MODEL_ENTRY, "trust.safetensors")}
    if older == 1:
        parts = {name.replace("/0/0/", "/0/"): data for name, data in parts.items() if "/0/1/" not in name}
        del model["learners"]
        model["members"] = ["boosting"]
    else:
        model["calibration"] = [[0.1, 0.9]]
    path = tmp_path / "old.molkit"
    parts[MODEL_ENTRY] = to_json(model)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(parts.items())}
    manifest = {"format": older, "entries": hashes, "sha256": bundle_module._content_hash(hashes, older)}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in [("manifest.json", to_json(manifest)), *parts.items()]:
            archive.writestr(name, data)
    again = read_bundle(path)
    (found,) = again.model["calibration"]
    expected = (0.0, 1.0) if older == 1 else (0.1, 1.0)
    assert Calibration(found["method"], tuple(found["x"]), tuple(found["y"])).y == expected
    (row,) = molkit.load(path).predict("CCCCO")
    (reference,) = molkit.load(tree_model()).predict("CCCCO")
    assert row["logS_hi90"] - row["logS_pred"] == pytest.approx(0.7, abs=1e-6)
    assert row["nearest_train"] == reference["nearest_train"]
    if older == 2:
        assert row["logS_pred"] == reference["logS_pred"]
