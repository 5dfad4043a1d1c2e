"""One model file: a zip of JSON and safetensors. Loading it executes nothing.

manifest.json            format, molkit version, sha256 of every other entry
model.json               configuration, structure policy, task, split, scores, intervals, domain
card.md                  the model card
learners/I/J/config.json what the J-th fold model of the I-th learner is
learners/I/J/arrays.safetensors
encoder/                 an encoder that was trained before, whose vectors the learners read (optional)
trust.safetensors        errors on unseen rows, from which intervals and prediction sets are made
training.safetensors     packed fingerprints and measured values of the training compounds (optional)
training.json            their structures (optional)
patients.json            plausible values and groups of at least 50 patients by risk (health records and tables)
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from molkit.errors import BundleError

if TYPE_CHECKING:
    import numpy as np

FORMAT = 3
_OLDEST_FORMAT = 1
AUTOENCODER = "autoencoder"  # the kind of a model file that holds one
_MANIFEST = "manifest.json"
# A stored array hardly shrinks more than tree tables do (about 5 times); beyond this it is an attack.
_MOST_BYTES = 4 << 30
_LARGEST_RATIO = 200
_TIME = (2020, 1, 1, 0, 0, 0)  # a fixed entry time, so that equal models are equal bytes


@dataclass(frozen=True)
class Bundle:
    """The checked contents of one model file; arrays are decoded when they are asked for."""

    model: dict[str, Any]
    card: str
    entries: dict[str, bytes]
    sha256: str

    @property
    def is_autoencoder(self) -> bool:
        """Whether it holds an autoencoder, and predicts nothing."""
        return bool(self.model.get("kind") == AUTOENCODER)

    def json(self, name: str) -> Any:
        """A JSON entry."""
        return json.loads(self.entries[name])

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """A safetensors entry."""
        from safetensors.numpy import load

        return load(self.entries[name])


def write_bundle(path: Path, model: dict[str, Any], card: str, entries: dict[str, bytes]) -> str:
    """Write a model file at `path` (a temporary one: the caller renames); returns its content hash."""
    everything = {**entries, "model.json": to_json(model), "card.md": card.encode()}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(everything.items())}
    manifest = {"format": FORMAT, "entries": hashes, "sha256": _content_hash(hashes)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [(_MANIFEST, to_json(manifest)), *sorted(everything.items())]:
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return str(manifest["sha256"])


def to_json(value: Any) -> bytes:
    """Strict JSON with sorted keys: NaN and infinity are refused."""
    return json.dumps(value, allow_nan=False, sort_keys=True, indent=1, ensure_ascii=False).encode()


def finite(value: Any) -> Any:
    """The same for JSON, which has no infinity: the width of an interval without an end, or NaN, is null."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def array_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays as safetensors."""
    import numpy as np
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def read_bundle(path: Path) -> Bundle:
    """The contents of a model file, every byte of them checked against the stored hashes.

    Raises BundleError for a file that is missing, damaged, newer than this molkit, or no model.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: the model file cannot be read: {error.strerror}") from error
    try:
        return _checked(_entries(data, str(path)), str(path))
    except BundleError:
        raise
    except Exception as error:  # a damaged zip or JSON fails in many ways, all of them mean this
        raise BundleError(f"{path}: damaged or not a molkit model ({type(error).__name__}: {error})") from error


def content_hash(path: Path) -> str:
    """The hash of a model file's contents as the file states it, unchecked: reads hardly anything.

    Raises BundleError for a file that is missing or no model.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return str(json.loads(archive.read(_MANIFEST))["sha256"])
    except Exception as error:
        raise BundleError(
            f"{path}: missing, damaged or not a molkit model ({type(error).__name__}: {error})"
        ) from error


def _entries(data: bytes, where: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > min(_MOST_BYTES, _LARGEST_RATIO * len(data)):
            raise BundleError(f"{where}: unpacks to more than a model of its size can hold")
        names = [info.filename for info in infos]
        if len(set(names)) < len(names):
            raise BundleError(f"{where}: damaged, an entry occurs twice")
        return {info.filename: archive.read(info) for info in infos}


def _checked(entries: dict[str, bytes], where: str) -> Bundle:
    if _MANIFEST not in entries:
        raise BundleError(f"{where}: not a molkit model, it has no {_MANIFEST}")
    manifest = json.loads(entries.pop(_MANIFEST))
    if not _OLDEST_FORMAT <= manifest["format"] <= FORMAT:
        raise BundleError(
            f"{where}: model format {manifest['format']}, this molkit reads formats up to {FORMAT}; update molkit"
        )
    found = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(entries.items())}
    if found != manifest["entries"] or _content_hash(found, manifest["format"]) != manifest["sha256"]:
        raise BundleError(f"{where}: damaged, its contents do not match the stored hash")
    model = json.loads(entries["model.json"])
    if manifest["format"] == 1:
        model, entries = _from_format_1(model, entries)
    if manifest["format"] < 3:
        model = _from_format_2(model)
    return Bundle(model, entries["card.md"].decode(), entries, manifest["sha256"])


def _from_format_1(model: dict[str, Any], entries: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Format 1 had one model per learner, and no calibration."""
    moved = {}
    for name, data in entries.items():
        parts = name.split("/")
        moved["/".join([*parts[:2], "0", *parts[2:]]) if parts[0] == "learners" else name] = data
    learners = [{"name": name, "models": 1} for name in model.pop("members")]
    return {**model, "learners": learners, "calibration": [[0.0, 1.0]] * len(model["targets"])}, moved


def _from_format_2(model: dict[str, Any]) -> dict[str, Any]:
    """Up to format 2 every calibration was an intercept and a slope on the logit, and errors were not stored."""
    calibration = [
        {"method": "platt", "x": [0.0, 1.0], "y": [start, start + slope]} for start, slope in model["calibration"]
    ]
    return {**model, "calibration": calibration}


def _content_hash(hashes: dict[str, str], format: int = FORMAT) -> str:
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256(f"molkit format {format}\n{lines}".encode()).hexdigest()
