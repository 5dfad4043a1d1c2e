"""Models of pairs through the commands: drug and protein, and two drugs, in either order."""

from __future__ import annotations

import contextlib
import html
import json
import os
import signal
import subprocess
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from trained import COMMAND, folder, read_csv, run, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.data.journal import journal_path
from molkit.errors import InputError

RNG = np.random.default_rng(0)
DRUGS = [
    "CCO",
    "CCN",
    "CCCO",
    "CCCN",
    "c1ccccc1",
    "Cc1ccccc1",
    "CC(=O)O",
    "CC(=O)N",
    "CCOC",
    "CCCl",
    "CCBr",
    "C1CCCCC1",
]
PROTEINS = ["".join(RNG.choice(list("ACDEFGHIKLMNPQRSTVWY"), 60)) for _ in range(12)]
DTI = ("--input", "drug=smiles", "--input", "protein=sequence")
DDI = ("--input", "drug_a=one", "--input", "drug_b=other")


def value(drug: int, protein: int) -> float:
    return 5 + 0.1 * drug + 0.1 * protein + ((drug + protein) % 2)


def train(table: Path, model: Path, *options: object) -> dict[str, object]:
    found = run("train", table, "-o", model, "--overwrite", "--json", "--quiet", "--no-plot", "--fold-models", 2,
                "--workers", 1, *options)  # fmt: skip
    assert found.code == 0, found.err
    content: dict[str, object] = json.loads(found.out)
    return content


@cache
def affinities() -> Path:
    rows: list[dict[str, object]] = [
        {"smiles": drug, "sequence": protein, "pKd": value(i, j)}
        for i, drug in enumerate(DRUGS)
        for j, protein in enumerate(PROTEINS)
    ]
    return write_csv(folder() / "affinities.csv", rows)


@cache
def affinity_model() -> tuple[Path, dict[str, object]]:
    path = folder() / "affinity.molkit"
    return path, train(affinities(), path, *DTI, "--target", "pKd", "--split", "random", "--learner",
                       "fingerprint+composition", "--epochs", 2)  # fmt: skip


@cache
def interaction_model() -> Path:
    rows: list[dict[str, object]] = [
        {"one": a, "other": b, "found": int((i + j) % 3 == 0)} for i, a in enumerate(DRUGS) for j, b in enumerate(DRUGS)
        if i < j
    ]  # fmt: skip
    path = folder() / "interaction.molkit"
    table = write_csv(folder() / "interactions.csv", rows)
    train(table, path, *DDI, "--target", "found", "--split", "random", "--learner", "boosting", "--learner",
          "fingerprint", "--epochs", 2)  # fmt: skip
    return path


def test_baselines_metrics_and_each_protein_are_told() -> None:
    path, told = affinity_model()
    scores = {(score["method"], score["metric"]): score for score in told["scores"]}  # type: ignore[attr-defined,index]
    methods = {method for method, _ in scores}
    assert methods == {"molkit", "nearest pair", "drug only", "protein only", "degree only", "boosting",
                       "training mean"}  # fmt: skip
    mse, rmse = (scores["molkit", name]["value"] for name in ("MSE", "RMSE"))
    assert mse == pytest.approx(rmse**2)
    assert {"concordance index", "r2m"} <= {metric for _, metric in scores}
    # additive effects are what degrees are
    assert scores["degree only", "RMSE"]["value"] < scores["training mean", "RMSE"]["value"]
    card = read_bundle(path).card
    assert "Optimistic for pairs" in card
    assert "less that of degree only" in card


def test_a_cold_split_is_told_with_its_mixed_rows(tmp_path: Path) -> None:
    told = train(affinities(), tmp_path / "m.molkit", *DTI, "--target", "pKd", "--split", "cold-both", "--learner",
                 "boosting")  # fmt: skip
    mixed = [note for note in told["notes"] if "left out: they pair" in note]  # type: ignore[attr-defined]
    card = read_bundle(tmp_path / "m.molkit").card
    assert len(mixed) == 1
    assert mixed[0] in card
    assert "Cold: all inputs of the test part are new" in card
    assert "Optimistic" not in card


def test_evaluate_counts_pairs_that_were_not_trained_on() -> None:
    path, told = affinity_model()
    found = run("evaluate", path, affinities(), "--json", "--quiet")
    assert found.code == 0, found.err
    content = json.loads(found.out)
    n = {score["method"]: score["n"] for score in content["scores"] if score["metric"] == "MSE"}
    tested = next(score["n"] for score in told["scores"] if score["method"] == "molkit")  # type: ignore[attr-defined]
    assert n == {"molkit": 144, "unseen pairs": tested}


HOSTILE = ["", " ", PROTEINS[0].lower(), PROTEINS[0] + "*", "CCO", "12345", "XXXX", "ACDEFGHIKL" * 2000, PROTEINS[1]]


def test_every_row_of_hostile_cells_comes_back(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"smiles": drug, "sequence": cell} for cell in HOSTILE for drug in ("CCO", "", "xx", "CCN")
    ]
    table, out = write_csv(tmp_path / "t.csv", rows), tmp_path / "out.csv"
    found = run("predict", affinity_model()[0], table, "-o", out, "--quiet", "--workers", 1)
    assert found.clean
    told = read_csv(out)
    assert [(row["smiles"], row["sequence"]) for row in told] == [(row["smiles"], row["sequence"]) for row in rows]
    good = [row["smiles"] in ("CCO", "CCN") and row["sequence"].strip("*").upper() in PROTEINS for row in told]
    assert [row["status"] == "ok" for row in told] == good
    assert all((row["reason"] == "") == (row["pKd_pred"] != "") for row in told)
    assert told[8]["pKd_pred"] == told[12]["pKd_pred"]  # lower case, and a stop at the end, are the same protein


def test_one_protein_for_a_library_and_proteins_by_name(tmp_path: Path) -> None:
    path, _ = affinity_model()
    fasta = tmp_path / "p.fasta"
    fasta.write_text(f">P0 first\n{PROTEINS[0][:30]}\n{PROTEINS[0][30:]}\n")
    library = write_csv(tmp_path / "library.csv", [{"smiles": drug} for drug in [*DRUGS, "xx"]])
    by_name = write_csv(
        tmp_path / "names.csv", [{"smiles": d, "ID": "P0"} for d in DRUGS] + [{"smiles": "C", "ID": "P"}]
    )
    fixed, named, hits = (tmp_path / name for name in ("fixed.csv", "named.csv", "hits.csv"))
    assert run("predict", path, library, "-o", fixed, "--fix", f"protein={fasta}").code == 0
    inputs = ("--input", "drug=smiles", "--input", f"protein=ID@{fasta}")
    assert run("predict", path, by_name, "-o", named, *inputs).code == 0
    values = [row["pKd_pred"] for row in read_csv(fixed)]
    assert values[-1] == ""
    assert [row["pKd_pred"] for row in read_csv(named)][:-1] == values[:-1]
    assert "P" in read_csv(named)[-1]["reason"]
    assert run("screen", library, "-m", path, "-o", hits, "--top", 3, "--fix", f"protein={fasta}").code == 0
    assert [row["pKd_pred"] for row in read_csv(hits)] == sorted(values[:-1], key=float, reverse=True)[:3]
    single = run("predict", path, "CCO", "--fix", f"protein={fasta}", "--json")
    assert json.loads(single.out)["pKd_pred"] == pytest.approx(float(values[0]))


def test_what_is_the_same_in_all_rows_is_told_in_every_output(tmp_path: Path) -> None:
    path, _ = affinity_model()
    fasta, out, hits = tmp_path / "p.fasta", tmp_path / "o.csv", tmp_path / "hits.csv"
    fasta.write_text(f">P0\n{PROTEINS[0]}\n")
    fix = ("--fix", f"protein={fasta.name}")
    with contextlib.chdir(tmp_path):
        predicted = run("predict", path, affinities(), "-o", out, "--html", "--workers", 1, *fix)
        screened = run("screen", affinities(), "-m", path, "-o", hits, "--workers", 1, "--json", *fix)
        scored = run("evaluate", path, affinities(), "--json", "--workers", 1, *fix)
    told = "protein is the same in all rows (--fix): p.fasta"
    caution = "Caution: protein is not read from 'sequence' of the table"
    pages = [page.read_text(encoding="utf-8") for page in (out.with_suffix(".html"), hits.with_suffix(".html"))]
    notes = ["\n".join(json.loads(found.out)["notes"]) for found in (screened, scored)]
    for text in (predicted.err, *pages, *notes):
        assert told in html.unescape(text)
        assert caution in html.unescape(text)


def test_there_is_no_caution_where_nothing_else_could_be_read(tmp_path: Path) -> None:
    library = write_csv(tmp_path / "library.csv", [{"smiles": drug} for drug in DRUGS])
    found = run("predict", affinity_model()[0], library, "-o", tmp_path / "o.csv", "--fix", f"protein={PROTEINS[0]}")
    assert "protein is the same in all rows" in found.err
    assert "Caution" not in found.err


@pytest.mark.parametrize(
    ("fix", "said"),
    [
        ("prot=MKT", "it has drug, protein"),
        ("protein=missing.fasta", "cannot be read"),
        ("drug=CCO", "--fix protein=VALUE"),
        ("protein=CC1", "--fix protein: CC1 cannot be read: character 3: '1' is no residue"),
        ("drug=sequence", '--fix drug: sequence cannot be read: character 2: "e" is no atom'),
        ("protein=none.fasta", "none.fasta cannot be read: the cell is empty"),
    ],
)
def test_what_is_wrong_with_a_fixed_input_is_said(fix: str, said: str, tmp_path: Path) -> None:
    library = write_csv(tmp_path / "library.csv", [{"smiles": drug} for drug in DRUGS])
    fasta = tmp_path / "none.fasta"
    fasta.write_text(">P0\n")
    path, out = affinity_model()[0], tmp_path / "o.csv"
    # with the sequences in the table it is not their absence that is told
    table = affinities() if fix == "drug=sequence" else library
    fix = fix.replace(fasta.name, str(fasta))
    for found in (
        run("predict", path, table, "-o", out, "--fix", fix),
        run("screen", table, "-m", path, "-o", out, "--fix", fix),
    ):
        assert (found.code, found.clean) == (2, True)
        assert said in found.err
        assert not out.exists()


def test_one_cell_that_nothing_reads_is_refused() -> None:
    found = run("predict", affinity_model()[0], "CCO", "--fix", "drug=CCN", "--fix", f"protein={PROTEINS[0]}")
    assert (found.code, found.clean) == (2, True)
    assert "all inputs of the model are fixed, so that nothing reads 'CCO'" in found.err


def test_most_rows_without_a_sequence_are_refused_with_what_to_do(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"smiles": drug, "target": f"ABL{number}" if number else "ZAK", "pKd": number}
        for drug in DRUGS
        for number in range(4)
    ]
    table, out = write_csv(tmp_path / "t.csv", rows), tmp_path / "m.molkit"
    told = ("--input", "drug=smiles", "--input", "protein=target", "--target", "pKd", "--quiet")
    found = run("train", table, *told, "--learner", "boosting", "-o", out)
    assert (found.code, found.clean, out.exists()) == (2, True, False)
    assert (
        f"{3 * len(DRUGS)} of {len(rows)} rows cannot be read, most often as: Row 2, character 4: protein:" in found.err
    )
    assert "give their sequences: --input protein=target@FILE.fasta." in found.err


def test_of_one_pair_the_nearest_measured_pair_is_told() -> None:
    command = ("predict", affinity_model()[0], "CCOC", "--fix", f"protein={PROTEINS[0]}")
    lines = dict(line.split(maxsplit=1) for line in run(*command).out.splitlines())
    row = json.loads(run(*command, "--json").out)
    for name in ("nearest_train_drug", "nearest_train_protein"):
        assert lines[name] == row[name]


def test_the_order_of_two_drugs_means_nothing(tmp_path: Path) -> None:
    path = interaction_model()
    drugs = [*DRUGS, "CC(N)C(=O)O", "xx", ""]
    rows: list[dict[str, object]] = [{"one": a, "other": b} for a in drugs for b in drugs]
    table, told = write_csv(tmp_path / "t.csv", rows), []
    for name, inputs in (("straight", DDI), ("swapped", ("--input", "drug_a=other", "--input", "drug_b=one"))):
        out = tmp_path / f"{name}.csv"
        assert run("predict", path, table, "-o", out, "--quiet", *inputs).clean
        told.append(read_csv(out))
    assert len(told[0]) == len(rows)
    same = [name for name in told[0][0] if name not in ("reason", "smiles_std", "note") and "drug" not in name]
    assert {"found_pred", "in_domain", "nearest_train_similarity", "status"} <= set(same)
    for straight, swapped in zip(*told, strict=True):
        if {straight["one"], straight["other"]} != {"xx", ""}:  # of two bad cells the first one is told
            assert [straight[name] for name in same] == [swapped[name] for name in same]


def test_what_was_done_to_either_drug_is_noted_with_its_name(tmp_path: Path) -> None:
    salt, drawn = "CC(=O)[O-].[Na+]", "C[C@H](N)O.Cl"
    pairs = [(salt, "CCO"), ("CCO", salt), (salt, drawn), (drawn, salt), ("CCO", "CCN"), (salt, "xx")]
    table = write_csv(tmp_path / "t.csv", [{"one": a, "other": b} for a, b in pairs])
    assert run("predict", interaction_model(), table, "-o", tmp_path / "o.csv", "--workers", 1).code == 0
    notes = [row["note"] for row in read_csv(tmp_path / "o.csv")]
    of_salt, of_drawn = ["removed salt: sodium", "neutralised"], ["removed salt: chloride"]
    said_of = [(of_salt, []), ([], of_salt), (of_salt, of_drawn), (of_drawn, of_salt), ([], []), ([], [])]
    assert notes == [
        "; ".join([*(f"drug_a: {said}" for said in first), *(f"drug_b: {said}" for said in second)])
        for first, second in said_of
    ]


def test_a_column_of_structures_is_neither_told_nor_taken_where_inputs_have_names(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"smiles": a, "smiles_2": b, "found": int(a < b)} for a in DRUGS for b in DRUGS]
    table, path = write_csv(tmp_path / "t.csv", rows), interaction_model()
    named = ("--input", "drug_a=smiles", "--input", "drug_b=smiles_2")
    told = ("--smiles-column", "smiles_2")
    commands: list[tuple[object, ...]] = [
        ("predict", path, table, "-o", tmp_path / "o.csv"),
        ("screen", table, "-m", path, "-o", tmp_path / "h.csv"),
        ("evaluate", path, table),
        ("train", table, "--target", "found", "-o", tmp_path / "m.molkit"),
        ("check", table, "--target", "found"),
    ]
    for command in commands:
        refused = run(*command, *named, *told)
        assert (refused.code, refused.clean) == (2, True)
        assert "use --input drug_a=COLUMN, --input drug_b=COLUMN" in refused.err
    for command in (commands[0], commands[4]):
        found = run(*command, *named)
        assert found.code == 0
        assert "Structures are in column" not in found.err
        assert "--smiles-column" not in found.err
    with pytest.raises(InputError, match="--input drug_a=COLUMN"):
        molkit.load(path).predict({"one": ["CCO"], "other": ["CCN"]}, smiles_column="one")


def test_structures_that_are_found_for_one_of_two_inputs_are_told(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", [{"canonical_smiles": "CCO", "sequence": PROTEINS[0]}])
    found = run("predict", affinity_model()[0], table, "-o", tmp_path / "o.csv")
    assert found.code == 0
    assert "drug is read from column 'canonical_smiles', which looks like structures." in found.err


def test_hits_are_described_by_the_drug_that_is_ranked(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "t.csv", [{"smiles": "CCO", "other": drug} for drug in DRUGS])
    out, ranked = tmp_path / "h.csv", ("--input", "drug_a=other", "--fix", "drug_b=CCN")
    found = run("screen", table, "-m", interaction_model(), "-o", out, "--no-html", "--workers", 1, *ranked)
    assert found.code == 0
    assert len({row["inchikey"] for row in read_csv(out)}) == len(DRUGS)
    assert "Caution" not in found.err


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"smiles": d, "sequence": p} for _ in range(40) for d in DRUGS for p in PROTEINS]
    table = write_csv(tmp_path / "t.csv", rows)
    whole, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    arguments = ["predict", affinity_model()[0], table, "--workers", 1, "--quiet", "-o"]
    assert run(*arguments, whole).code == 0
    process = subprocess.Popen([*COMMAND, *map(str, arguments), str(out)], start_new_session=True)
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        if journal_path(out).exists() and journal_path(out).stat().st_size > 10_000:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.002)
    assert process.wait() == -signal.SIGKILL
    assert run(*arguments, out).code == 0
    assert out.read_bytes() == whole.read_bytes()
