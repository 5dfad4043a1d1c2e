"""`molkit check` of pairs, images and plain rows: what is planted is found, and in clean tables nothing grave is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trained import run

import molkit
from molkit.audit.finding import Audit
from molkit.errors import InputError

PAIRS = ["drug=smiles", "protein=sequence"]


def severities(audit: Audit) -> set[str]:
    return {finding.severity for finding in audit.findings}


def pairs(seed: int, bias: float) -> pd.DataFrame:
    """All pairs of 12 drugs and 10 proteins; with `bias` 1 the drug alone decides the class, with 0 chance does."""
    rng = np.random.default_rng(seed)
    drugs = ["C" * length + "O" for length in range(1, 13)]
    proteins = ["".join(rng.choice(list("ACDEFGHIKLMNPQRSTVWY"), 30)) for _ in range(10)]
    rows = [(drug, protein, int(place % 2 if rng.random() < bias else rng.random() < 0.5))
            for place, drug in enumerate(drugs) for protein in proteins]  # fmt: skip
    return pd.DataFrame(rows, columns=["smiles", "sequence", "binds"])


def test_a_drug_that_decides_alone_is_told_and_chance_is_not() -> None:
    told = molkit.check(pairs(0, 1.0), "binds", inputs=PAIRS, workers=1)
    drug, protein = told.of("degree")
    assert "Frequency of the drug alone would score ROC-AUC 1.00" in drug.sentence
    assert "12 of 12 with 5 rows or more have one label only" in drug.sentence
    assert (drug.severity, protein.severity) == ("caution", "note")
    chance = molkit.check(pairs(0, 0.0), "binds", inputs=PAIRS, workers=1)
    assert severities(chance) == {"note"}


def test_pairs_on_both_sides_of_a_split_and_in_several_rows() -> None:
    table = pairs(1, 0.0)
    table["part"] = ["test" if row % 10 == 0 else "train" for row in range(len(table))]  # one protein is new
    clean = molkit.check(table, "binds", inputs=PAIRS, split_column="part", workers=1)
    assert not clean.of("shared")
    assert not clean.of("repeated")
    assert ["100% of the test pairs have a drug" in f.sentence for f in clean.of("known")] == [True, False]
    again = table.iloc[[3]].assign(part="test", binds=1 - table["binds"][3])
    dirty = molkit.check(pd.concat([table, again]), "binds", inputs=PAIRS, split_column="part", workers=1)
    assert [f.rows for f in dirty.of("shared")] == [(121,)]
    assert [(f.severity, f.rows) for f in dirty.of("conflict")] == [("caution", (4, 121))]
    assert dirty.noun == "pair"
    assert "compound" not in str(dirty)


def test_proteins_that_are_names_are_a_problem() -> None:
    table = pairs(0, 0.0)
    table["sequence"] = ["ZAK" if row % 3 == 0 else f"ABL{row}" for row in range(len(table))]
    audit = molkit.check(table, "binds", inputs=PAIRS, workers=1)
    (found,) = audit.of("unreadable")
    assert found.severity == "problem"
    assert found.sentence.startswith("80 rows of 120 cannot be read (invalid_syntax 80). Row ")
    assert found.sentence.endswith("If these are names, give their sequences: --input protein=sequence@FILE.fasta.")
    assert "No problem was found." not in str(audit)
    table.loc[:70, "sequence"] = "ZAK"  # now fewer than half are no sequences
    (found,) = molkit.check(table, "binds", inputs=PAIRS, workers=1).of("unreadable")
    assert (found.severity, "names" in found.sentence) == ("caution", False)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Eight images in each of two folders called by numbers, one of them in both, and a file that is none."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for name in "01":
        (tmp_path / "scans" / name).mkdir(parents=True)
        for number in range(8):
            pixels = rng.integers(0, 255, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "scans" / name / f"{number}.png")
    (tmp_path / "scans" / "1" / "8.png").write_bytes((tmp_path / "scans" / "0" / "0.png").read_bytes())
    (tmp_path / "scans" / "1" / "9.png").write_text("no image")
    return tmp_path / "scans"


def test_a_folder_of_images_needs_no_options(images: Path) -> None:
    page = images.parent / "audit.html"
    ran = run("check", str(images), "-o", str(page), "--quiet")
    assert (ran.code, ran.err) == (0, "")
    assert "18 rows, 17 readable" in ran.out
    assert "Rows that cannot be read. 1 row of 18 cannot be read (unsupported 1). 1/9.png: the file is no" in ran.out
    assert "Files 0/0.png, 1/8.png." in ran.out  # a folder has no rows to look up
    assert "Row" not in ran.out.replace("Rows that cannot be read", "")
    assert "1 image has different classes of 'label'" in ran.out
    assert "17 images of 2 classes" not in ran.out  # the unreadable one has a label too
    assert "18 images of 2 classes: '0' 8, '1' 10." in ran.out
    assert "inputs" in page.read_text()


def test_columns_that_tell_lack_or_never_change(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    table = pd.DataFrame({
        "age": rng.normal(50, 9, 200), "ward": "A", "outcome_code": y * 3 + 1,
        "lab": [None if row % 3 == 0 else 1.0 + row for row in range(200)], "died": np.where(y == 1, "yes", "no"),
    })  # fmt: skip
    table.to_csv(tmp_path / "t.csv", index=False)
    audit = molkit.check(tmp_path / "t.csv", "died", inputs=["patient=*"], workers=1)
    assert audit.of("leak")[0].table["column"] == ["outcome_code"]
    assert "must not be an input" in audit.of("leak")[0].sentence
    assert audit.of("missing")[0].table["column"] == ["lab"]
    assert audit.of("missing")[0].table["share"] == [pytest.approx(1 / 3, abs=0.01)]
    assert audit.of("constant")[0].table["column"] == ["ward"]
    assert not audit.of("repeated")


def test_subjects_on_both_sides_of_a_split(tmp_path: Path) -> None:
    hours = [f"2020-01-01 0{hour}:00" for hour in range(4)]
    events = [(f"p{row}", hour, "pulse", 60 + row) for row in range(20) for hour in hours]
    labels = [(f"p{row}", hours[-1], row % 2, "test" if row < 5 else "train") for row in range(20)]
    labels += [("p0", hours[-2], 0, "train")]
    pd.DataFrame(events, columns=["subject_id", "time", "code", "numeric_value"]).to_csv(
        tmp_path / "e.csv", index=False
    )
    names = ["subject_id", "prediction_time", "boolean_value", "part"]
    pd.DataFrame(labels, columns=names).to_csv(tmp_path / "l.csv", index=False)
    told = {"inputs": ["record=@e.csv"], "split_column": "part", "workers": 1}
    audit = molkit.check(tmp_path / "l.csv", "boolean_value", **told)
    shared = audit.of("shared")[0]
    assert (shared.severity, shared.rows) == ("problem", (1,))
    assert "1 test record of 5 is of subjects of the training part" in shared.sentence


def test_a_test_table_is_for_molecules(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--split-column"):
        molkit.check(pairs(0, 0.0), "binds", pairs(1, 0.0), inputs=PAIRS)


def test_words_that_count_as_blank_beside_classes() -> None:
    table = pd.DataFrame({"age": range(30), "grade": ["none", "mild", "severe"] * 10})
    told = molkit.check(table, "grade", inputs=["patient=age"])
    (found,) = [finding for finding in told.findings if finding.kind == "blank_words"]
    assert "10 cells 'none' count as not measured" in found.sentence
    told = molkit.check(table, "grade", inputs=["patient=age"], task="multiclass")
    assert "blank_words" not in [finding.kind for finding in told.findings]
    assert not told.of("missing")
    assert any("'none' 10" in finding.sentence for finding in told.findings)
