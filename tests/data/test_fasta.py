"""FASTA files: names and sequences, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from molkit.data.fasta import read_fasta
from molkit.errors import InputError


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_and_sequences_are_read(packed: bool, end: str, tmp_path: Path) -> None:
    lines = [">P1 kinase, human", "MKTA", "yiak", "", "; a comment", ">sp|P00519|ABL1", "MLE*", ">none"]
    content = end.join(lines).encode()
    path = tmp_path / "proteins.fasta"
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    assert read_fasta(path) == {"P1": "MKTAyiak", "sp|P00519|ABL1": "MLE*", "none": ""}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no sequence in it"),
        (b"MKTA\n", "line 1: a FASTA file begins with >"),
        (b"drug,protein\nCCO,MKTA\n", "got 'drug,protein'"),
        (b">\nMK\n", "line 1: there is no name"),
        (b">A\nMK\n>A\nMT\n", "line 3: the name A stands here again"),
        (gzip.compress(b">A\nMK\n", mtime=0)[:15], "gzip"),
    ],
)
def test_what_is_no_fasta_file_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "proteins.fasta"
    path.write_bytes(content)
    with pytest.raises(InputError, match="proteins") as caught:
        read_fasta(path)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_fasta(tmp_path / "none.fasta")
