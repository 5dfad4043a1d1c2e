"""The shipped models: all there, small, scored, with a card that says where they come from and how good they are."""

from __future__ import annotations

import pytest

from molkit.bundle import content_hash, read_bundle
from molkit.data.cards import find_card
from molkit.errors import BundleError
from molkit.profile.endpoints import ENDPOINTS, MODELS
from molkit.profile.reference import drug_quantiles, reference

TEST = "official test file"


def test_they_are_all_there_and_at_most_40_megabytes() -> None:
    files = sorted(MODELS.glob("*.molkit"))
    assert [path.stem for path in files] == sorted(ENDPOINTS)
    assert sum(path.stat().st_size for path in files) < 40e6


@pytest.mark.parametrize("name", ENDPOINTS)
def test_each_card_says_source_licence_scores_and_limits(name: str) -> None:
    endpoint, bundle = ENDPOINTS[name], read_bundle(ENDPOINTS[name].model)
    card, known = bundle.card, find_card(ENDPOINTS[name].card)
    assert bundle.model["targets"][0]["name"] == name
    assert bundle.model["targets"][0]["kind"] == endpoint.kind
    assert (bundle.model["origin"]["card"], bundle.model["origin"]["exact"]) == (known.name, True)
    assert bundle.model["policy"]["max_isomers"] == 1  # one reading of a structure serves all models
    for text in (known.source, "CC BY 4.0", "Noise floor", "Scores on the held-out folds", "Where it fails"):
        assert text in card
    metrics = {score["metric"] for score in bundle.model["scores"] if score["low"] is not None}
    assert known.metric in metrics
    if any(file.path == "test.csv" for file in known.files):
        outside = bundle.model["outside"][TEST]
        scores = [score for score in outside["scores"] if score["metric"] == known.metric]
        assert scores[0]["low"] < scores[0]["value"] < scores[0]["high"]
        assert f"## Scores on the {TEST}" in card


def test_the_drug_quantiles_are_of_these_models() -> None:
    assert reference()["models"] == {name: content_hash(endpoint.model) for name, endpoint in ENDPOINTS.items()}
    quantiles = drug_quantiles()
    assert set(ENDPOINTS) <= set(quantiles)
    for values in quantiles.values():
        assert len(values) == 101
        assert list(values) == sorted(values)
    assert reference()["compounds"] > 5000


def test_a_stated_hash_is_the_checked_one(tmp_path: object) -> None:
    path = ENDPOINTS["hERG"].model
    assert content_hash(path) == read_bundle(path).sha256
    with pytest.raises(BundleError, match="missing, damaged or not a molkit model"):
        content_hash(path.with_name("nothing.molkit"))
