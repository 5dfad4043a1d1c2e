"""PhysioNet 2012 through the product; the figures of all 4,000 stays are in `docs/benchmarks.md`."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from loaded import load

import molkit
from molkit.bundle import read_bundle

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("MOLKIT_SHARED", ROOT.parent / "shared")) / "datasets" / "physionet2012_a"


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not on this machine")
def test_death_in_hospital_is_told_from_two_days_of_intensive_care(tmp_path: Path) -> None:
    convert = load("scripts/convert_physionet2012.py").convert
    assert convert(SHARED / "set-a.tar.gz", SHARED / "Outcomes-a.txt", tmp_path)[1] == 4000
    labels = pd.read_parquet(tmp_path / "labels.parquet").iloc[:800]
    assert list(labels) == ["subject_id", "prediction_time", "boolean_value"]  # no SAPS, SOFA, stay or survival
    labels.to_parquet(tmp_path / "labels.parquet")
    molkit.train(
        tmp_path / "labels.parquet", "boolean_value", tmp_path / "m.molkit", inputs=["record=@events.parquet"],
        learners=["grud"], folds=2, fold_models=2, workers=1,
    )  # fmt: skip
    model = read_bundle(tmp_path / "m.molkit").model
    (area,) = [s["value"] for s in model["scores"] if (s["method"], s["metric"]) == ("molkit", "ROC-AUC")]
    assert area > 0.72
    codes = model["inputs"]["record"]["options"]["codes"]
    assert {"GCS", "Age", "Lactate"} <= set(codes)
    assert not {"SAPS-I", "SOFA", "Length_of_stay", "Survival"} & set(codes)
