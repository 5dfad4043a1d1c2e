"""Tables, signals and images to autoencoders that reconstruct them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reconstructed import beat, patients, write_rows

from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.learners.autoencoder import AutoencoderOptions
from molkit.pipeline.autoencode import autoencode_table
from molkit.pipeline.autoencoder_plan import settled_options
from molkit.pipeline.reconstruct import reconstruct_table

SHORT = AutoencoderOptions(epochs=30)


def test_a_table_is_learned_and_reconstructed(tmp_path: Path) -> None:
    table, model = write_rows(tmp_path / "rows.csv", patients(400)), tmp_path / "a.molkit"
    result = autoencode_table(table, model, options=SHORT, config=RunConfig(inputs=("patient=*",), workers=1))
    training = result.content["training"]
    assert training["held_out"] == int(0.15 * (training["held_out"] + training["n"]))
    bundle = read_bundle(model)
    assert bundle.model["autoencoder"]["module"]["layout"] == [["number", 1], ["number", 1], ["category", 3]]
    assert "known.safetensors" not in bundle.entries
    assert len(bundle.arrays("usual.safetensors")["mean"]) == 3
    new, out = write_rows(tmp_path / "new.csv", patients(30, 7)), tmp_path / "out.csv"
    found = reconstruct_table(model, new, out, workers=1)
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert found.rows == len(rows) == 30
    assert all(row["sex_filled"] in ("f", "m", "other") for row in rows if row["status"] == "ok")


def test_signals_of_columns_are_distinct_by_their_samples(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    beats = [{f"t{i + 1}": v for i, v in enumerate(beat(rng))} for _ in range(160)]
    table, model = write_rows(tmp_path / "beats.csv", [*beats, beats[0]]), tmp_path / "a.molkit"
    config = RunConfig(inputs=("ecg=t1..t40",), workers=1)
    result = autoencode_table(table, model, options=replace(SHORT, epochs=2), config=config)
    training = result.content["training"]
    assert training["held_out"] + training["n"] == 160
    assert reconstruct_table(model, table, tmp_path / "out.csv", workers=1).statuses == {"ok": 161}


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    table = write_rows(tmp_path / "rows.csv", patients(60))
    with pytest.raises(InputError, match="134 distinct rows or more are needed"):
        autoencode_table(table, tmp_path / "a.molkit", config=RunConfig(inputs=("patient=*",), workers=1))


def test_usual_epochs_make_enough_steps() -> None:
    unsaid = AutoencoderOptions(epochs=0)
    assert settled_options(unsaid, "selfies", 1000).epochs == 20
    assert settled_options(unsaid, "record", 512).epochs == 1500
    assert settled_options(unsaid, "record", 338).epochs == 1500  # steps of 256 rows and of 82
    assert settled_options(unsaid, "record", 10**6).epochs == 20
    assert settled_options(replace(unsaid, epochs=3), "record", 512).epochs == 3
