"""Train, load and predict from Python; what a notebook shows."""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from trained import small_table, stacked_model, tree_model

import molkit
from molkit import Model, MolkitError
from molkit.errors import BundleError, InputError

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def model() -> Model:
    return molkit.load(tree_model())


def test_one_smiles_a_list_a_frame_and_a_dictionary(model: Model) -> None:
    one = model.predict("CCO")
    assert (len(one), one["smiles"], one["status"]) == (1, ["CCO"], ["ok"])
    assert model.predict(["CCO", "c1ccccc1"])["logS_pred"][0] == one["logS_pred"][0]
    assert model.predict(("CCO",))["logS_pred"] == one["logS_pred"]
    assert model.predict(np.array(["CCO"]))["logS_pred"] == one["logS_pred"]
    assert model.predict(pd.Series(["CCO"], index=[7]))["logS_pred"] == one["logS_pred"]
    assert model.predict(text for text in ["CCO"])["logS_pred"] == one["logS_pred"]
    for table in (pd.DataFrame({"no": [3], "Structure": ["OCC"]}, index=[9]), {"no": [3], "Structure": ["OCC"]}):
        found = model.predict(table, smiles_column="Structure")
        assert (found["no"], found["logS_pred"]) == ([3], one["logS_pred"])


def test_every_entry_of_a_list_is_a_row(model: Model) -> None:
    given = ["CCO", None, "", float("nan"), pd.NA, 7, True, Chem.MolFromSmiles("C"), "xx", "\ud800", "C\0", "CCO"]
    found = model.predict(given)
    assert len(found) == len(given)
    assert found["status"][0] == found["status"][-1] == "ok"
    assert found["status"][1:5] == ["empty"] * 4
    assert set(found["status"][5:-1]) == {"invalid_syntax"}
    assert [bool(reason) for reason in found["reason"]] == [status != "ok" for status in found["status"]]
    found._repr_html_(), repr(found)
    assert len(found.to_pandas()) == len(given)


@pytest.mark.parametrize("given", [[], (), pd.DataFrame({"smiles": []}), {"smiles": []}])
def test_nothing_gives_no_rows_but_all_columns(model: Model, given: object) -> None:
    found = model.predict(given)  # type: ignore[arg-type]
    assert len(found) == 0
    assert "logS_pred" in found.columns
    assert found.to_pandas().empty
    assert "<table>" in found._repr_html_()


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (None, {}, "NoneType"),
        (b"CCO", {}, "bytes"),
        (3.5, {}, "float"),
        (Path("a.csv"), {}, "Path"),
        (pd.DataFrame({"a": [1]}), {}, "no SMILES column"),
        (pd.DataFrame({"smiles": ["C"]}), {"smiles_column": "smile"}, "smiles"),
        (pd.DataFrame([["C", "C"]], columns=["smiles", "smiles"]), {}, "same name"),
        ({"smiles": ["C", "C"], "b": [1]}, {}, "equally long"),
        ("C", {"columns": ["prediction"]}, "no group"),
    ],
)
def test_what_a_wrong_call_is_told(model: Model, given: object, options: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        model.predict(given, **options)  # type: ignore[arg-type]


def test_column_groups_as_text_or_list(model: Model) -> None:
    assert set(model.predict("CCO", columns="pred,status").columns) == {
        "smiles",
        "logS_pred",
        "status",
        "reason",
        "note",
    }
    assert set(model.predict("CCO", columns=["pred"]).columns) == {"smiles", "logS_pred"}
    assert model.predict("CCO", columns=["inchikey"])["inchikey"] == ["LFQSCWFLJHTTHZ-UHFFFAOYSA-N"]


def test_clashing_names_of_a_frame(model: Model) -> None:
    found = model.predict(pd.DataFrame({"smiles": ["CCO"], "status": ["mine"], "logS_pred": [5.0]}))
    assert (found["status"], found["logS_pred"]) == (["mine"], [5.0])
    assert found["status_molkit"] == ["ok"]


def test_a_dataframe_trains_like_its_file(tmp_path: Path, model: Model) -> None:
    frame = pd.read_csv(small_table())
    again = molkit.train(
        frame,
        "logS",
        tmp_path / "m.molkit",
        unit="log mol/L",
        learners=["boosting"],
        fold_models=2,
        id="name",
        workers=2,
    )
    assert again.predict("CCO")["logS_pred"] == model.predict("CCO")["logS_pred"]
    again.close()
    with pytest.raises(InputError, match="exists"):
        molkit.train(frame, "logS", tmp_path / "m.molkit", learners=["boosting"], fold_models=2)
    with pytest.raises(InputError, match="did you mean 'learners'"):
        molkit.train(frame, "logS", learner=["boosting"])


def test_loading_what_is_no_model(tmp_path: Path) -> None:
    for name, content in (("a.molkit", b""), ("b.molkit", b"PK\x03\x04"), ("c.molkit", os.urandom(500))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BundleError, match=name):
            molkit.load(tmp_path / name)
    with pytest.raises(MolkitError, match=r"none\.molkit"):
        molkit.load(tmp_path / "none.molkit")


def test_threads_share_a_model(model: Model) -> None:
    names = [["C" * (1 + i)] * 30 for i in range(6)]
    expected = [model.predict(cells)["logS_pred"] for cells in names]
    found: dict[int, list[float]] = {}

    def work(number: int) -> None:
        found[number] = model.predict(names[number])["logS_pred"]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(6)] == expected


def _predict_in_fork(model: Model, answers: multiprocessing.Queue[list[float]]) -> None:
    answers.put(model.predict(["CCO", "CCN"])["logS_pred"])
    model.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_workers_of_its_own(model: Model) -> None:
    expected = model.predict(["CCO", "CCN"])["logS_pred"]
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_predict_in_fork, args=(model, answers))
    child.start()
    assert answers.get(timeout=60) == expected
    child.join(30)
    assert child.exitcode == 0
    assert model.predict(["CCO", "CCN"])["logS_pred"] == expected


def test_a_forgotten_model_ends_its_workers() -> None:
    model = molkit.load(tree_model())
    model.predict("CCO")
    pids = [worker.process.pid for pool in model._pools.values() for worker in pool._workers]
    assert pids
    del model
    gc.collect()
    end = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_what_a_notebook_shows_is_escaped(model: Model) -> None:
    found = model.predict({"smiles": ["CCO", HOSTILE], HOSTILE: [HOSTILE, "b"]})
    html = found._repr_html_()
    assert html.count("<svg") == 1
    assert not re.search(r"<(script|img)", html)
    assert html.count("&lt;script&gt;") >= 3
    shown = model._repr_html_()
    assert "RMSE" in shown
    assert shown.count("<svg") == 3
    many = model.predict(["C"] * 50)._repr_html_()
    assert "30 more rows" in many


def test_hostile_target_names_stay_text(tmp_path: Path) -> None:
    frame = pd.read_csv(small_table()).rename(columns={"logS": HOSTILE})
    model = molkit.train(frame, HOSTILE, tmp_path / "m.molkit", learners=["boosting"], fold_models=2, workers=1)
    html = model._repr_html_() + model.predict("CCO")._repr_html_()
    model.close()
    assert not re.search(r"<(script|img)", html)


def test_the_card_and_scores(model: Model) -> None:
    assert {score["method"] for score in model.scores} == {"molkit", "nearest compound", "training mean"}
    assert "log mol/L" in model.card
    assert {score["method"] for score in molkit.load(stacked_model()).scores} > {"boosting", "forest", "dmpnn"}
