"""`molkit reconstruct`: every row comes back, blanks are filled, what is unusual is named, pages are drawn."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reconstructed import beat, image_model, patients, signal_model, table_model, write_rows

import molkit
from molkit.bundle import array_bytes, read_bundle, write_bundle
from molkit.errors import InputError
from molkit.pipeline.reconstruct import open_autoencoder, reconstruct_table


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("autoencoders")
    return {
        "table": table_model(folder / "table.molkit"),
        "signal": signal_model(folder / "signal.molkit"),
        "image": image_model(folder / "image.molkit"),
    }


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def odd_rows() -> list[dict[str, Any]]:
    """Usual patients, then one with an impossible value, blanks, nothing at all, no number, and a swapped sex."""
    return [
        *patients(10, 5),
        {"glucose": 812, "weight": 60, "sex": "f"},
        {"glucose": "", "weight": 95, "sex": ""},
        {"glucose": "", "weight": "", "sex": ""},
        {"glucose": "abc", "weight": 60, "sex": "f"},
        {"glucose": 182, "weight": 92, "sex": "f"},
    ]


def test_every_row_comes_back_filled_and_with_what_is_unusual(models: dict[str, Path], tmp_path: Path) -> None:
    table, out = write_rows(tmp_path / "rows.csv", odd_rows()), tmp_path / "out.csv"
    result = reconstruct_table(models["table"], table, out, workers=1)
    rows = read(out)
    assert result.rows == len(rows) == 15
    assert [row["weight"] for row in rows] == [str(row["weight"]) for row in odd_rows()]
    assert [row["status"] for row in rows[10:]] == ["ok", "ok", "empty", "invalid_syntax", "ok"]
    assert rows[10]["unusual_1"].startswith("glucose 812 is unusual given the others: expected 1")
    assert rows[10]["unusual_2"] == ""
    assert float(rows[10]["anomaly_percentile"]) > 95
    filled = rows[11]
    assert float(filled["glucose_lo90"]) < 185 < float(filled["glucose_hi90"])
    assert filled["sex_filled"] == "m"
    assert float(filled["sex_probability"]) > 0.9
    assert filled["weight_filled"] == "95"
    assert filled["weight_lo90"] == ""
    assert "sex f is unusual" in rows[14]["unusual_1"]
    assert "expected a number" in rows[13]["reason"]


def test_python_gives_the_same(models: dict[str, Path], tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame(odd_rows())
    table, out = write_rows(tmp_path / "rows.csv", odd_rows()), tmp_path / "out.csv"
    assert molkit.reconstruct(models["table"], table, out) == out
    found = molkit.reconstruct(models["table"], frame)
    assert isinstance(found, molkit.Predictions)
    assert found["status"] == [row["status"] for row in read(out)]
    np.testing.assert_allclose(
        [value for value in found["anomaly"] if value is not None],
        [float(row["anomaly"]) for row in read(out) if row["anomaly"]],
        rtol=1e-4,
    )


def test_signals_and_images_are_drawn_on_a_page(models: dict[str, Path], tmp_path: Path) -> None:
    from sklearn.datasets import load_digits
    from typer.testing import CliRunner

    from molkit.cli.app import app

    rng = np.random.default_rng(9)
    beats = [beat(rng) for _ in range(6)]
    beats[3] = -beats[3]
    table = write_rows(tmp_path / "beats.csv", [{f"t{i + 1}": v for i, v in enumerate(own)} for own in beats])
    np.savez(tmp_path / "digits.npz", test_images=(255 / 16 * load_digits().images[500:504]).astype(np.uint8))
    for name, given in (("signal", table), ("image", tmp_path / "digits.npz")):
        out = tmp_path / f"{name}.csv"
        told = ["reconstruct", str(models[name]), str(given), "-o", str(out), "--html", "--workers", "1"]
        ran = CliRunner().invoke(app, told, catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        page = out.with_suffix(".html").read_text(encoding="utf-8")
        assert page.count("<img") == 1
        assert "Most unusual rows" in page
        assert page.count("reconstruction_<wbr>error") == 1
        assert "negative log likelihood" in page
    rows = read(tmp_path / "signal.csv")
    scores = [float(row["anomaly"]) for row in rows]
    assert max(scores) == scores[3]
    assert float(rows[3]["anomaly_percentile"]) > 90


def test_what_predicts_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    bundle = read_bundle(models["table"])
    other = tmp_path / "other.molkit"
    write_bundle(other, {**bundle.model, "kind": "predictor"}, "", {})
    with pytest.raises(InputError, match="cannot reconstruct rows"):
        open_autoencoder(other)
    write_bundle(other, bundle.model, "", {"x.safetensors": array_bytes({"x": np.zeros(1)})})
    with pytest.raises(InputError, match="only tables, signals and images"):
        open_autoencoder(other)


def test_a_model_file_holds_no_row(models: dict[str, Path]) -> None:
    bundle = read_bundle(models["table"])
    sizes = set(range(250, 1000)) - {256}  # as many as there are rows of either part
    for name in bundle.entries:
        if name.endswith(".safetensors"):
            assert all(sizes.isdisjoint(array.shape) for array in bundle.arrays(name).values()), name
