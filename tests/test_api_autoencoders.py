"""Autoencoders from Python: trained, and asked for molecules."""

from __future__ import annotations

from pathlib import Path

import pytest
from trained import autoencoder, small_library, tree_model

import molkit
from molkit.errors import InputError


def test_the_result_of_training_stands_for_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molkit.pipeline.worth._DRAWN", 50)
    made = molkit.autoencode(small_library(), tmp_path / "a.molkit", latent=4, epochs=1, rows=60, workers=1, seed=3)
    assert made.path == tmp_path / "a.molkit"
    assert made.content["training"]["seed"] == 3
    assert molkit.embed(made, "CCO").vectors.shape == (1, 4)
    assert len(molkit.generate(made, 3, temperature=1.0)) == 3
    assert molkit.autoencode(small_library(), latent=2, epochs=1, rows=40, workers=1).path.exists()


def test_what_cannot_be_trained_on_is_told() -> None:
    with pytest.raises(InputError, match="expected a table file, got list"):
        molkit.autoencode(["CCO"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="unknown key"):
        molkit.autoencode(small_library(), epoch=3)


def test_molecules_are_a_table() -> None:
    model = molkit.load(tree_model())
    found = molkit.generate(autoencoder(), 4, temperature=1.0, models=model, want="logS > -3", evaluations=8)
    frame = found.to_pandas()
    assert list(frame["smiles"]) == found["smiles"]
    assert {"score", "logS_pred", "logS_lo90", "in_domain"} <= set(frame.columns)
    assert found._repr_html_().count("<svg") == 4
    assert sum(found.fates.values()) == found.written
