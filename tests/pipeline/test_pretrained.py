"""`--from`: networks begin with the weights of another file, or trees read its vectors; the card tells of both."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trained import folder, read_csv, run, small_table, solubility, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.engine.scorer import ensemble_from_bundle
from molkit.errors import InputError
from molkit.features.inputs import Input, molecules
from molkit.learners import new_learner
from molkit.learners.neural import NeuralLearner
from molkit.learners.pretrained import Pretrained, Start
from molkit.pipeline.pretrained import open_source, source_words
from molkit.pipeline.score import score_table
from molkit.screening.prepare import prepare_library
from molkit.screening.recipe import choose_recipe

OWN = [row for place, row in enumerate(solubility(1)) if place % 5][::9]  # none of the small table
SMALL = {"targets": ["logS"], "fold_models": 2, "epochs": 1, "workers": 1}


@cache
def source() -> Path:
    """A small network on other rows than those of the small table."""
    path = folder() / "source.molkit"
    options = {"learners": ["dmpnn"], "width": 32, "depth": 2, "fold_models": 2, "epochs": 2, "workers": 1}
    molkit.train(write_csv(folder() / "own.csv", OWN), "logS", path, **options)
    return path


@cache
def trained(learner: str, use: str | None) -> Path:
    path = folder() / f"from-{learner}-{use}.molkit"
    molkit.train(small_table(), "logS", path, learners=[learner], pretrained=str(source()), pretrained_as=use,
                 fold_models=2, epochs=1, workers=1)  # fmt: skip
    return path


def network_of(path: Path, fold: int = 0) -> NeuralLearner:
    found = ensemble_from_bundle(read_bundle(path)).members[0][fold]
    assert isinstance(found, NeuralLearner)
    return found


def weights_of(network: NeuralLearner) -> dict[str, np.ndarray]:
    return {key: tensor.numpy() for key, tensor in network.model.encoder("drug").state_dict().items()}


def opened(**options: Any) -> Any:
    return open_source(RunConfig(pretrained=str(source()), **options), molecules("smiles"))


def test_a_network_begins_with_the_weights() -> None:
    """After a step of next to no size: a fit from other weights ends far away."""
    start = opened(learners=("dmpnn",)).start
    learner = new_learner("dmpnn", ("regression",), start=start, changes={"epochs": 1, "learning_rate": 1e-12})
    assert isinstance(learner, NeuralLearner)
    assert (learner.options.width, learner.options.depth) == (32, 2)
    samples = dict(_columns())
    labels = _labels(len(samples["drug/graph"]))
    learner.fit(samples, labels, np.arange(len(labels.values)), np.empty(0, np.int64), 0)
    for key, weights in weights_of(network_of(source())).items():
        np.testing.assert_allclose(weights_of(learner)[key], weights, atol=1e-3, err_msg=key)
    plain = new_learner("dmpnn", ("regression",), width=32, depth=2, changes={"epochs": 1, "learning_rate": 1e-12})
    assert isinstance(plain, NeuralLearner)
    plain.fit(samples, labels, np.arange(len(labels.values)), np.empty(0, np.int64), 0)
    assert np.abs(weights_of(plain)["atom_input.weight"] - weights_of(learner)["atom_input.weight"]).max() > 0.1


def _columns() -> Any:
    from rdkit import Chem

    from molkit.features import GraphFeaturizer
    from molkit.types import Column

    mols = [Chem.MolFromSmiles(row["smiles"]) for row in OWN[:30]]
    return {"drug/graph": Column(GraphFeaturizer()(mols), np.arange(30))}


def _labels(count: int) -> Any:
    from molkit.types import Measurements

    values = np.arange(count, dtype=np.float64)[:, None]
    return Measurements(values, np.zeros_like(values), np.ones(count))


def test_weights_are_changed_by_training_and_stay_in_the_file() -> None:
    before, after = weights_of(network_of(source())), weights_of(network_of(trained("dmpnn", None)))
    assert before.keys() == after.keys()
    assert any(not np.allclose(before[key], after[key]) for key in before)
    moved = np.linalg.norm(np.concatenate([(before[key] - after[key]).ravel() for key in before]))
    other = weights_of(network_of(source(), 1))
    apart = np.linalg.norm(np.concatenate([(before[key] - other[key]).ravel() for key in before]))
    assert moved < apart / 2
    told = read_bundle(trained("dmpnn", None)).model["pretrained"]
    assert told["use"] == "weights"
    assert not any(name.startswith("encoder/") for name in read_bundle(trained("dmpnn", None)).entries)


@pytest.mark.parametrize("learner", ["boosting", "forest", "linear"])
def test_vectors_are_features_and_the_file_stands_alone(learner: str, tmp_path: Path) -> None:
    bundle = read_bundle(trained(learner, "features"))
    ensemble = ensemble_from_bundle(bundle)
    assert "drug/graph" in ensemble.needs
    assert not any("latent" in key for key in ensemble.needs)
    model = ensemble.members[0][0]
    assert any("/latent-" in key for key in model.needs)
    copy = tmp_path / "copy.molkit"
    shutil.copy(trained(learner, "features"), copy)
    away = source().with_suffix(".away")
    source().rename(away)
    try:
        said = molkit.load(copy).predict(["CCO", "xx", "c1ccccc1O"])
    finally:
        away.rename(source())
    assert said["status"] == ["ok", "invalid_syntax", "ok"]
    assert said["logS_pred"][0] is not None


def test_a_model_reads_the_very_vectors_that_embed_writes() -> None:
    """The linear learner's prediction, made again from vectors of `molkit.embed` and the stored coefficients."""
    ensemble = ensemble_from_bundle(read_bundle(trained("linear", "features")))
    texts = ["CCO", "c1ccccc1O", "CCCCCC"]
    columns = _packed(texts, ensemble.needs)
    expected = ensemble.predict(columns)
    vectors = molkit.embed(source(), texts).vectors
    from molkit.types import Column

    own = ensemble.pretrained[0]
    read = {**columns, next(iter(own.latents)): Column(vectors, np.arange(3))}
    said = np.mean([model.predict(read) for model in ensemble.members[0]], axis=0)
    np.testing.assert_allclose(said, expected, rtol=1e-4, atol=1e-5)


def _packed(texts: list[str], keys: tuple[str, ...]) -> Any:
    from rdkit import Chem

    from molkit.engine.structures import new_featurizers
    from molkit.types import Column

    mols = [Chem.MolFromSmiles(text) for text in texts]
    return {key: Column(make(mols), np.arange(len(mols))) for key, make in new_featurizers(keys, {}).items()}


def test_a_prepared_library_serves_a_model_that_reads_vectors(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "l.csv", [{"smiles": row["smiles"]} for row in solubility(40)])
    model = trained("linear", "features")
    prepare_library(table, tmp_path / "l.lib", choose_recipe([model]), workers=1)
    for library, out in ((table, "a.csv"), (tmp_path / "l.lib", "b.csv")):
        score_table(model, library, tmp_path / out, groups=("pred", "status"), workers=1)
    assert read_csv(tmp_path / "a.csv") == read_csv(tmp_path / "b.csv")


def test_two_models_with_one_encoder_make_its_vectors_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from molkit.learners.encoding import NetworkEncoding
    from molkit.learners.stack import predict_models

    both = [ensemble_from_bundle(read_bundle(trained(name, "features"))) for name in ("linear", "boosting")]
    calls = []
    made = NetworkEncoding.encoded
    monkeypatch.setattr(NetworkEncoding, "encoded", lambda *given: calls.append(1) or made(*given))
    columns = _packed(["CCO", "CCN"], tuple({key for own in both for key in own.needs}))
    predict_models(both, columns)
    assert len(calls) == 1


def test_the_card_tells_what_the_encoder_had_seen() -> None:
    card = read_bundle(trained("boosting", "features")).card
    assert "Encoder from source.molkit" in card
    assert "trained to predict logS on" in card
    assert "None of the" in card
    assert card.count("Encoder from") == 1
    told = read_bundle(trained("boosting", "features")).model
    assert told["pretrained"]["scored_seen"] == 0
    assert told["config"]["pretrained"] == "source.molkit"  # no folders


def test_rows_that_were_seen_are_counted(tmp_path: Path) -> None:
    known = read_bundle(source()).json("training.json")["smiles"]
    rows = [{"smiles": text, "y": float(place)} for place, text in enumerate(known[:30])]
    rows += [{"smiles": row["smiles"], "y": 1.5 + place} for place, row in enumerate(solubility(5)[:20])]
    path = tmp_path / "seen.molkit"
    model = molkit.train(write_csv(tmp_path / "seen.csv", rows), "y", path, learners=["linear"], split="none",
                         pretrained=str(source()), fold_models=2, workers=1)  # fmt: skip
    told = model.bundle.model["pretrained"]
    assert (told["scored"], told["scored_seen"]) == (50, 30)
    assert "30 of the 50 compounds that scores are of were among" in model.card


def test_what_is_not_known_is_said_to_be(tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.molkit"
    molkit.train(write_csv(tmp_path / "own.csv", OWN[:60]), "logS", quiet, learners=["dmpnn"], width=32, depth=2,
                 fold_models=2, epochs=1, workers=1, with_structures=False)  # fmt: skip
    found = open_source(RunConfig(pretrained=str(quiet)), molecules("smiles"))
    assert found is not None
    assert found.seen is None
    words = source_words({**found.told, "scored": 12, "scored_seen": found.overlap(())}, "compound")
    assert "not known" in words[1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"learners": ("gin",)}, "its encoder is dmpnn|vectors of dmpnn are features"),
        ({"learners": ("gin", "linear"), "pretrained_as": "weights"}, "add --learner dmpnn, or --from-as features"),
        ({"learners": ("dmpnn",), "pretrained_as": "features"}, "are features for boosting, forest, linear"),
        ({"pretrained_as": "both"}, "expected weights or features"),
    ],
)
def test_what_cannot_be_used(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        opened(**options)


def test_other_files_and_inputs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a model file with an encoder of one input.*boosting"):
        open_source(RunConfig(pretrained=str(tree_model())), molecules("smiles"))
    with pytest.raises(InputError, match="its encoder reads smiles, and the inputs are protein"):
        open_source(RunConfig(pretrained=str(source())), [Input("protein", "sequence", "x")])
    with pytest.raises(InputError, match="width 32 and depth 2"):
        new_learner("dmpnn", ("regression",), start=opened(learners=("dmpnn",)).start, width=64)
    start = opened(learners=("dmpnn",)).start
    cut = Start(start.encoder, start.width, start.depth, dict(list(start.weights.items())[1:]), "x.molkit")
    learner = new_learner("dmpnn", ("regression",), start=cut)
    labels = _labels(30)
    with pytest.raises(InputError, match=r"encoder of x\.molkit reads drug in another form"):
        learner.fit(_columns(), labels, np.arange(30), np.empty(0, np.int64), 0)


def test_the_source_is_never_overwritten() -> None:
    found = run("train", small_table(), "-t", "logS", "-o", source(), "--from", source(), "--overwrite",
                "--learner", "linear")  # fmt: skip
    assert found.code == 2
    assert "is the input, which is never overwritten" in found.err
    tuned = run("tune", small_table(), "-t", "logS", "--trials", 1, "--config", _config())
    assert tuned.code == 2
    assert "tune does not know --from" in tuned.err


def _config() -> Path:
    path = folder() / "from.toml"
    path.write_text(f'pretrained = "{source()}"\n', encoding="utf-8")
    return path


def test_a_pair_of_inputs_shares_an_encoder() -> None:
    own = opened()
    pair = replace(own.encoder, names=("drug_a", "drug_b"))
    assert len(pair.latents) == 2
    assert pair.arrays[0].startswith("drug_a+drug_b/latent-")
    again = Pretrained.from_state(pair.state())
    assert (again.names, again.mark, again.latents) == (pair.names, pair.mark, pair.latents)
