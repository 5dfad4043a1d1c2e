"""scripts/convert_medical.py keeps every row and cell of the published sets."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from loaded import load

SHARED = Path(os.environ.get("MOLKIT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "datasets"
shared = [pytest.mark.shared, pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data sets")]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load("scripts/convert_medical.py")


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_a_set_that_is_not_the_published_one_is_refused(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "ecg5000_train").mkdir()
    with gzip.open(tmp_path / "ecg5000_train" / "ECG5000_TRAIN.txt.gz", "wt") as stream:
        stream.write(" ".join(["1.0", *["0.5"] * 140]) + "\n")
    with pytest.raises(SystemExit, match="expected 500 heartbeats, found 1"):
        script.convert(tmp_path, tmp_path / "work", "ecg5000")


class TestPublished:
    pytestmark = shared

    def test_recordings(self, script: ModuleType, tmp_path: Path) -> None:
        from molkit.data.signals import Signal, SignalReader

        (table,) = script.convert(SHARED, tmp_path, "fsdd")
        rows = read(table)
        assert {(row["split"], int(row["signal"].split("_")[2][0]) < 5) for row in rows} == {
            ("test", True),
            ("train", False),
        }
        assert len({row["speaker"] for row in rows}) == 6
        assert all(isinstance(SignalReader()(str(table.parent / row["signal"])), Signal) for row in rows)

    def test_the_published_fold_of_davis(self, script: ModuleType, tmp_path: Path) -> None:
        """Its numbers are places in the list of pairs, drug by drug."""
        (table,) = script.convert(SHARED, tmp_path, "davis")
        text = gzip.decompress((SHARED / "davis" / "folds" / "test_fold_setting1.txt.gz").read_bytes()).decode()
        fold = {int(place) for place in text.strip().strip("[]").split(",")}
        assert fold == {place for place, row in enumerate(read(table)) if row["split"] == "test"}

    def test_stays_in_hospital(self, script: ModuleType, tmp_path: Path) -> None:
        (table,) = script.convert(SHARED, tmp_path, "diabetes130")
        rows = read(table)
        assert (len(rows), len(rows[0])) == (101_766 - 2423, 49)
        assert not any(cell == "?" for cell in rows[0].values())
        assert np.mean([row["readmitted"] == "yes" for row in rows]) == pytest.approx(0.114, abs=5e-4)
