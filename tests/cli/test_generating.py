"""`molkit autoencode` and `molkit generate` as commands: files, JSON, and what they refuse."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from trained import COMMAND, autoencoder, check_overwriting, read_csv, run, small_library, tree_model

SHORT = ("--temperature", 1, "--workers", 1)


def test_a_table_an_sd_file_and_a_page(tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    found = run("generate", autoencoder(), "-o", out, "-n", 12, "-m", tree_model(), "--want", "logS > -2",
                "--evaluations", 30, *SHORT)  # fmt: skip
    assert found.code == 0, found.err
    assert found.clean
    rows = read_csv(out)
    assert len(rows) == 12
    assert {"rank", "smiles", "score", "meets_limits", "logS_pred", "logS_lo90", "in_domain", "qed"} <= set(rows[0])
    assert "written: " in found.err
    assert "12 kept." in found.err
    page = (tmp_path / "new.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 12
    for words in ("12 new molecules", "library.molkit", "logS_pred", "Ranked by the prediction of logS", "12 kept"):
        assert words in page
    assert (tmp_path / "new.sdf").read_text().count("$$$$") == 12


def test_json_and_overwriting(tmp_path: Path) -> None:
    command = ("generate", autoencoder(), "-o", tmp_path / "n.parquet", "-n", 3, *SHORT, "--json", "--no-html")
    told = json.loads(run(*command).out)
    assert told["molecules"] == told["fates"]["kept"] == 3
    assert sum(told["fates"].values()) == told["written"]
    assert [Path(file).name for file in told["files"]] == ["n.parquet", "n.sdf"]
    check_overwriting(*command)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "v.txt"), "the hits are a table"),
        (("-o", "v.csv", "--min-similarity", "0.3"), "name it with --near"),
        (("-o", "v.csv", "--near", "CCO", "--min-similarity", "0.8", "--max-similarity", "0.7"), "the lower first"),
        (("-o", "v.csv", "--near", "xx"), "invalid_syntax"),
        (("-o", "v.csv", "--want", "logS > 1"), "name one with --model"),
        (("-o", "v.csv", "-m", "nothing.molkit"), "cannot be read"),
        (("-o", "v.csv", "--new-to", "nothing.csv"), "nothing.csv"),
        (("-o", "no/v.csv", "-n", "1"), "the folder does not exist"),
    ],
)
def test_what_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("generate", autoencoder(), *arguments, *SHORT)
    assert found.code != 0
    assert said in found.err
    assert found.clean
    assert not list(tmp_path.iterdir())


def test_the_autoencoder_is_never_overwritten_and_a_library_is_none(tmp_path: Path) -> None:
    found = run("generate", small_library(), "-o", tmp_path / "v.csv")
    assert (found.code, found.clean) == (2, True)
    models = run("generate", tree_model(), "-o", tmp_path / "v.csv")
    assert (models.code, models.clean) == (2, True)
    assert "molkit autoencode" in models.err


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    command = [*COMMAND, "generate", autoencoder(), "-o", "n.csv", "-n", 100_000, *SHORT]
    with subprocess.Popen(
        [*map(str, command)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(6)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in "".join(said)
    assert list(tmp_path.iterdir()) == []


def test_autoencode_as_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molkit.pipeline.worth._DRAWN", 50)
    command = ("autoencode", small_library(), "-o", tmp_path / "a.molkit", "--latent", 4, "--epochs", 1, "--rows", 60,
               "--workers", 1)  # fmt: skip
    found = run(*command, "--json")
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert told["training"]["n"] + told["training"]["held_out"] == 60
    assert set(told["scores"]) >= {"exact_reconstruction", "valid", "unique", "new", "loss"}
    again = run(*command)
    assert again.code == 2
    assert "exists" in again.err
    spoken = run(*command, "--overwrite")
    assert "come back exactly" in spoken.out
    assert run("autoencode", small_library(), "-o", tmp_path / "a.csv").code == 2
