"""New molecules against RDKit, sets and the model file that wrote them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from trained import autoencoder, folder, read_csv, run, small_library, stacked_model, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.errors import InputError, MolkitError, NothingDone
from molkit.generation.checks import count_alerts
from molkit.generation.generate import Generated, generate, generate_files
from molkit.generation.options import GenerateOptions, Limits
from molkit.generation.writer import open_writer
from molkit.pipeline.known import structure_hashes

USUAL = GenerateOptions(40, temperature=1.0, workers=1)
HIT = "CCCCC(C)c1ccccc1"
SIMILAR = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


@cache
def found(options: GenerateOptions = USUAL) -> Generated:
    return generate(autoencoder(), options)


def every_run() -> list[tuple[str, GenerateOptions]]:
    near = replace(USUAL, near=HIT, limits=Limits((0.2, 0.7)))
    return [
        ("drawn", USUAL),
        ("near", near),
        ("limits", replace(USUAL, limits=Limits(alerts=0, accessibility=3.0))),
        ("wanted", replace(USUAL, models=(tree_model(),), wants=("logS > -1",), evaluations=60)),
        ("near, wanted", replace(near, count=10, models=(tree_model(),), rank_by="logS", evaluations=30)),
        ("models tell", replace(USUAL, count=5, models=(tree_model(), stacked_model()))),
    ]


@pytest.fixture(params=range(6), ids=["drawn", "near", "limits", "wanted", "near, wanted", "models tell"])
def options(request: pytest.FixtureRequest) -> GenerateOptions:
    return every_run()[request.param][1]


def test_every_molecule_written_has_one_fate(options: GenerateOptions) -> None:
    result = found(options)
    assert sum(result.fates.values()) == result.written
    assert result.fates["kept"] == len(result) == options.count
    assert all(count > 0 for count in result.fates.values())


def test_molecules_are_valid_canonical_new_and_come_once(options: GenerateOptions) -> None:
    smiles = found(options)["smiles"]
    assert [Chem.MolToSmiles(Chem.MolFromSmiles(text)) for text in smiles] == smiles
    assert len(set(smiles)) == len(smiles)
    known = read_bundle(autoencoder()).arrays("known.safetensors")["hashes"]
    assert not np.isin(structure_hashes(smiles), known).any()
    assert Chem.CanonSmiles(HIT) not in smiles or options.near is None


def test_columns_and_drawings_are_equally_long(options: GenerateOptions) -> None:
    result = found(options)
    assert {len(values) for values in result.columns.values()} == {len(result)}
    assert len(result.drawings) == len(result.blocks) == len(result)
    assert result["rank"] == list(range(1, len(result) + 1))
    for smiles, block in zip(result["smiles"], result.blocks, strict=True):
        assert Chem.MolToSmiles(Chem.MolFromMolBlock(block)) == smiles
    assert all(drawing and "<svg" in drawing for drawing in result.drawings)


def test_similarity_is_rdkits_and_within_its_limits() -> None:
    result = found(every_run()[1][1])
    hit = SIMILAR.GetFingerprint(Chem.MolFromSmiles(HIT))
    for smiles, value in zip(result["smiles"], result["similarity"], strict=True):
        expected = DataStructs.TanimotoSimilarity(hit, SIMILAR.GetFingerprint(Chem.MolFromSmiles(smiles)))
        assert value == pytest.approx(expected, abs=1e-4)
        assert 0.2 <= value <= 0.7
    assert result.fates["too unlike the hit"] > 0


def test_limits_of_alerts_and_accessibility_hold() -> None:
    result = found(every_run()[2][1])
    assert {count_alerts(cell) for cell in result["alerts"]} == {0}
    assert max(result["sa_score"]) <= 3.0
    assert result.fates["with too many alerts"] > 0
    assert result.fates["too hard to make"] > 0


def test_a_search_tells_what_the_model_predicts() -> None:
    result = found(every_run()[3][1])
    predicted = molkit.load(tree_model()).predict(result["smiles"])
    for name in ("logS_pred", "logS_lo90", "logS_hi90", "in_domain", "nearest_train", "nearest_train_similarity"):
        assert result[name] == predicted[name]
    assert result["meets_limits"] == [value > -1 for value in predicted["logS_pred"]]
    order = list(zip(result["meets_limits"], result["score"], strict=True))
    assert order == sorted(order, reverse=True)
    assert result["score"] == pytest.approx(predicted["logS_pred"])
    assert any("highest first" in sentence for sentence in result.ranking)
    assert result.fates.get("evaluated, and not among the best", 0) == 60 - 40


def test_a_search_finds_better_ones_than_drawing_does() -> None:
    """In the mean of three seeds: the best 10 of 40 drawn differ by more from seed to seed than they do from these."""
    drawn, searched = [], []
    for seed in range(3):
        options = replace(USUAL, models=(tree_model(),), seed=seed)
        drawn.append(np.mean(sorted(found(options)["logS_pred"])[:10]))
        result = found(replace(options, rank_by="logS", lowest=True, evaluations=150))
        assert "meets_limits" not in result.columns
        searched.append(np.mean(result["logS_pred"][:10]))
    assert np.mean(searched) < np.mean(drawn)


def test_two_models_speak_side_by_side() -> None:
    result = found(every_run()[5][1])
    assert {"trees_logS_pred", "trees_logS_lo90", "trees_in_domain", "stack_logS_pred"} <= set(result.columns)
    assert "score" not in result.columns
    assert len(result.models) == 2


def test_seeds_repeat_and_differ() -> None:
    again = generate(autoencoder(), USUAL)
    assert again == found()
    assert generate(autoencoder(), replace(USUAL, seed=1))["smiles"] != again["smiles"]
    assert generate(autoencoder(), replace(USUAL, workers=2))["smiles"] == again["smiles"]


def test_a_given_table_is_not_new() -> None:
    first = found()["smiles"][:20]
    rows = [*(Chem.MolToSmiles(Chem.MolFromSmiles(text), doRandom=True) for text in first), "xx"]
    table = write_csv(folder() / "not-new.csv", [{"smiles": text} for text in rows])
    result = found(replace(USUAL, new_to=table))
    assert not set(first) & set(result["smiles"])
    assert result.fates["not new to the given table"] == 20
    assert "1 of 21 rows of not-new.csv could not be read." in result.notes


def test_a_hit_is_standardised_and_never_given() -> None:
    salt = generate(autoencoder(), replace(USUAL, count=5, near="CCCC(=O)[O-].[Na+]", limits=Limits((0.1, 1.0))))
    plain = generate(autoencoder(), replace(USUAL, count=5, near="OC(=O)CCC", limits=Limits((0.1, 1.0))))
    assert salt["smiles"] == plain["smiles"]
    assert "CCCC(=O)O" not in salt["smiles"]


def test_what_writes_the_same_again_and_again_ends_with_a_sentence(tmp_path: Path) -> None:
    """The likeliest tokens of a decoder that learned little are much the same everywhere."""
    result = generate(autoencoder(), replace(USUAL, count=5000, temperature=0.0))
    assert len(result) < 5000
    assert result.fates["written before"] >= 3900
    assert f"{len(result):,} of 5,000 wanted were found." in result.notes
    hardest = replace(USUAL, temperature=0.0, limits=Limits(accessibility=1.0))
    with pytest.raises(NothingDone, match="no new molecule within the limits was found") as refused:
        generate_files(autoencoder(), tmp_path / "x.csv", hardest)
    assert "written before" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"near": "xx"}, "SMILES of a molecule; invalid_syntax: "),
        ({"near": ""}, "SMILES of a molecule; empty: "),
        ({"near": "CCCCCO.CCCCCN"}, "SMILES of a molecule; unsupported: This is a mixture"),
        ({"near": "CC[Se]C"}, "with parts that its training did not have"),
        ({"near": "C" * 400}, "too long"),
        ({"wants": ("logS > 1",)}, "name one with --model"),
        ({"lowest": True}, "name one with --model"),
        ({"count": 0}, "at least 1 molecule"),
        ({"temperature": float("nan")}, "--temperature"),
        ({"temperature": 11.0}, "--temperature"),
        ({"near": "CCO", "limits": Limits((0.5, 0.4))}, "the lower first"),
        ({"near": "CCO", "limits": Limits((float("nan"), 1.0))}, "the lower first"),
    ],
)
def test_what_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        generate(autoencoder(), replace(USUAL, **given))  # type: ignore[arg-type]


def test_models_that_cannot_predict_new_molecules_are_refused(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"smiles": "C" * (1 + n % 7), "p": "ACDE" * (1 + n % 5), "y": n} for n in range(40)
    ]
    table = write_csv(tmp_path / "pairs.csv", rows)
    pairs = tmp_path / "pairs.molkit"
    molkit.train(table, "y", pairs, inputs=["drug=smiles", "protein:sequence=p"], learners=["boosting"], fold_models=2,
                 split="random", workers=1)  # fmt: skip
    with pytest.raises(InputError, match="only models of one molecule"):
        generate(autoencoder(), replace(USUAL, models=(pairs,)))
    with pytest.raises(InputError, match="would both write"):
        generate(autoencoder(), replace(USUAL, models=(tree_model(), tree_model())))
    with pytest.raises(InputError, match="with so few"):
        generate(autoencoder(), replace(USUAL, models=(tree_model(),), rank_by="logS", evaluations=39))
    with pytest.raises(InputError, match="logD"):
        generate(autoencoder(), replace(USUAL, models=(tree_model(),), wants=("logD > 1",), evaluations=50))
    with pytest.raises(InputError, match="is an autoencoder"):
        generate(autoencoder(), replace(USUAL, models=(autoencoder(),)))
    with pytest.raises(InputError, match="predicts, and writes no molecules"):
        generate(tree_model(), USUAL)
    with pytest.raises(MolkitError):
        generate(small_library(), USUAL)


def test_the_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    options = replace(USUAL, count=5)
    result, files = generate_files(autoencoder(), out, options, page=lambda found: found.sentence)
    assert [file.name for file in files] == ["new.csv", "new.sdf", "new.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "new.html", "new.sdf"]
    assert [row["smiles"] for row in read_csv(out)] == result["smiles"]
    assert len([mol for mol in Chem.SDMolSupplier(str(files[1])) if mol]) == 5

    def fails(found: Generated) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_files(autoencoder(), tmp_path / "b.csv", options, page=fails)
    out.unlink()
    with pytest.raises(InputError, match="exists"):
        generate_files(autoencoder(), out, options, page=lambda found: "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.html", "new.sdf"]


def test_vectors_of_a_writer() -> None:
    writer = open_writer(autoencoder())
    vectors, readable = writer.vectors(["CCO", "CC[Se]C", "CCCN"])
    assert readable.tolist() == [True, False, True]
    assert np.isnan(vectors[1]).all()
    embedded = molkit.embed(autoencoder(), ["CCO", "CCCN"]).vectors
    np.testing.assert_allclose(vectors[[0, 2]], embedded, atol=1e-6)
    drawn = writer.density.draw(100_000, np.random.default_rng(0))
    np.testing.assert_allclose(writer.spread, drawn.std(axis=0), rtol=0.02)
    trained_on = [row["smiles"] for row in read_csv(small_library())]
    told = writer.trained_on([Chem.CanonSmiles(text) for text in trained_on] + ["CC[Se]C"])
    assert told.sum() == writer.bundle.model["training"]["n"]
    assert not told[-1]


def test_the_command_and_python_agree(tmp_path: Path) -> None:
    ran = run("generate", autoencoder(), "-o", tmp_path / "n.csv", "-n", 40, "--temperature", 1, "--workers", 1)
    assert ran.code == 0, ran.err
    assert [row["smiles"] for row in read_csv(tmp_path / "n.csv")] == found()["smiles"]
