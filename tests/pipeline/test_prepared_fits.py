"""Which prepared libraries can be used, and by which models."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from molkit.chem.policy import Policy
from molkit.data.prepared import MANIFEST, PreparedLibrary
from molkit.data.prepared_folder import write_manifest
from molkit.errors import InputError
from molkit.pipeline.prepared import check_fits, installed_versions, needed_reading, open_checked

OPTIONS = {"fingerprint": {"radius": 2, "size": 2048}}
KEYS = ("drug/fingerprint", "drug/graph")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content: dict[str, Any] = {
        "names": ["smiles"], "added": {}, "smiles": "smiles", "table_format": "csv", "policy": asdict(Policy()),
        "options": OPTIONS, "features": list(KEYS), "readings": ["drawn", "isomers"],
        "versions": installed_versions(), "source": {"in.csv": [1, 2]}, "parts": [],
    }  # fmt: skip
    write_manifest(tmp_path, content)
    return tmp_path


def rewrite(folder: Path, **changes: Any) -> Path:
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


def fits(
    library: PreparedLibrary, policy: Policy, options: Any = OPTIONS, keys: Any = KEYS, way: str = "drawn"
) -> None:
    check_fits(library, "a.molkit", asdict(policy), options, keys, way)


def test_another_rdkit_is_told_and_another_policy_refused(folder: Path) -> None:
    library, notes = open_checked(folder)
    assert (library.row_count, notes) == (0, ())
    _, notes = open_checked(rewrite(folder, versions={"rdkit": "1999.1"}))
    assert "1999.1" in notes[0]
    assert installed_versions()["rdkit"] in notes[0]
    with pytest.raises(InputError, match="policy version 2 is not known"):
        open_checked(rewrite(folder, policy={**asdict(Policy()), "version": 2}))


def test_a_model_that_reads_alike_fits(folder: Path) -> None:
    library, _ = open_checked(folder)
    fits(library, Policy())
    fits(library, Policy(), way="isomers")
    fits(library, replace(Policy(), limits=replace(Policy().limits, seconds=9.0)), keys=KEYS[:1])
    fits(library, Policy(max_isomers=2))  # as drawn, it does not matter
    fits(library, Policy(), {}, ["drug/graph"])


@pytest.mark.parametrize(
    ("policy", "options", "keys", "way", "words"),
    [
        (Policy(mixtures="largest"), OPTIONS, KEYS, "drawn", "mixtures is 'reject', the model's 'largest'"),
        (Policy(max_isomers=2), OPTIONS, KEYS, "isomers", "max_isomers is 8, the model's 2"),
        (Policy(), {"fingerprint": {"radius": 3}}, KEYS, "drawn", "fingerprint has .*2048.*radius': 3"),
        (Policy(), OPTIONS, ("drug/descriptors",), "drawn", "lacks descriptors"),
        (Policy(), OPTIONS, KEYS, "other", "lacks stereo read as other"),
    ],
)
def test_a_model_that_reads_otherwise_is_refused_with_what_differs(
    policy: Policy, options: Any, keys: Any, way: str, words: str, folder: Path
) -> None:
    library, _ = open_checked(folder)
    with pytest.raises(InputError, match=f"not prepared for a.molkit: .*{words}.*--model a.molkit"):
        fits(library, policy, options, keys, way)


def test_the_advice_for_a_model_that_reads_isomers_keeps_them(folder: Path) -> None:
    library, _ = open_checked(rewrite(folder, readings=["drawn"]))
    with pytest.raises(InputError, match=r"lacks stereo read as isomers\..*--model a\.molkit --exact\.$"):
        fits(library, Policy(), way="isomers")
    with pytest.raises(InputError, match=r"lacks descriptors\..*--model a\.molkit\.$"):
        fits(library, Policy(), keys=["drug/descriptors"])


@pytest.mark.parametrize(
    ("change", "isomers", "exact", "reading"),
    [(0.01, 8, False, "drawn"), (0.01, 8, True, "isomers"), (0.9, 8, False, "isomers"), (0.9, 1, True, "drawn")],
)
def test_stereo_is_read_as_drawn_where_the_model_allows_it(
    change: float, isomers: int, exact: bool, reading: str
) -> None:
    content = {"policy": asdict(Policy(max_isomers=isomers)), "shortcuts": {"as_drawn": {"change": change}}}
    assert needed_reading(content, exact) == reading
