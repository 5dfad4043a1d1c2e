"""A split kept as a file of compound names, to be used again on the same compounds."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from molkit.data.split import PARTS, hash_rows
from molkit.data.write import atomic_path
from molkit.errors import InputError
from molkit.types import Split

FORMAT = 1
_KEYS = {"format": int, "method": str, "seed": int, "fractions": list, "data_hash": str, "parts": dict}


def write_split(
    path: Path | str,
    split: Split,
    names: Sequence[str],
    fractions: Sequence[float],
    overwrite: bool = False,
    inputs: Collection[Path] = (),
) -> None:
    """Write the full InChIKeys (or what else names a compound) of every part as JSON.

    `names` are those of all rows of the split; rows of one name must be in one part. The data hash in the
    file is that of the sorted names, so it does not change with labels or the order of rows.
    """
    parts = {part: list(dict.fromkeys(names[row] for row in getattr(split, part))) for part in PARTS}
    listed = [name for part in parts.values() for name in part]
    if len(set(listed)) < len(listed):
        raise InputError(f"{path}: a compound stands in two parts, so that the parts cannot be kept by compound")
    content = {
        "format": FORMAT,
        "method": split.method,
        "seed": split.seed,
        "fractions": list(fractions),
        "data_hash": hash_rows(sorted(listed)),
        "parts": parts,
    }
    with atomic_path(path, overwrite, inputs) as unfinished:
        unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_split(path: Path | str, names: Sequence[str], data_hash: str, subset: bool = False) -> Split:
    """The split of a file for the rows called `names`; `data_hash` is what the result says of its data.

    Raises InputError if the file is damaged or names other compounds than `names`. With `subset`, compounds of
    the file that `names` lacks are allowed and counted in the remarks; not named, as remarks go into model files.
    """
    content = _content(path)
    part_of = {name: part for part in PARTS for name in content["parts"][part]}
    here = set(names)
    new = [name for name in dict.fromkeys(names) if name not in part_of]
    gone = [name for name in part_of if name not in here]
    wrong = [f"{len(new)} compounds of the data are not in it ({_first(new)})"] * bool(new)
    wrong += [f"{len(gone)} of its compounds are not in the data ({_first(gone)})"] * (bool(gone) and not subset)
    if wrong:
        raise InputError(
            f"{path}: was made of other data: {' and '.join(wrong)}; use the table it was made of, or make a new split"
        )
    rows = {part: tuple(i for i, name in enumerate(names) if part_of[name] == part) for part in PARTS}
    if not rows["train"]:
        raise InputError(f"{path}: puts none of these {len(names)} rows into training; make a new split")
    remarks = (f"{len(gone)} compounds of {Path(path).name} are not in the data.",) if gone else ()
    return Split(rows["train"], rows["valid"], rows["test"], content["method"], content["seed"], data_hash, remarks)


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _content(path: Path | str) -> dict[str, Any]:
    """What the file holds, checked; raises InputError."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected a split file that molkit wrote: {error}") from None
    if not isinstance(content, dict) or any(not _is(content.get(key), kind) for key, kind in _KEYS.items()):
        raise InputError(f"{path}: expected a split file with {', '.join(_KEYS)}; make it with molkit split --save")
    if content["format"] != FORMAT:
        raise InputError(f"{path}: has format {content['format']}, this molkit reads {FORMAT}; update molkit")
    parts = content["parts"]
    good = set(parts) == set(PARTS) and all(isinstance(part, list) for part in parts.values())
    listed = [name for part in parts.values() for name in part] if good else []
    if not good or not all(isinstance(name, str) for name in listed):
        raise InputError(f"{path}: parts should be lists of names for {', '.join(PARTS)}; make the split again")
    if len(set(listed)) < len(listed) or hash_rows(sorted(listed)) != content["data_hash"]:
        raise InputError(f"{path}: its compounds do not fit its data hash: it was changed or damaged; make it again")
    return content


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
