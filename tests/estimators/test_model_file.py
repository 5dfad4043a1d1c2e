"""A model file in memory: where it goes, and that it goes away."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import os
import pickle

import pytest
from trained import tree_model

from molkit.estimators.model_file import ModelFile


def test_the_file_lasts_as_long_as_its_model() -> None:
    file = ModelFile(tree_model().read_bytes())
    model = file.model
    assert file.model is model
    folder = model.path.parent
    del file
    gc.collect()
    assert model.predict("CCO")["status"] == ["ok"]
    model.close()
    del model
    gc.collect()
    assert not folder.exists()


def test_a_copy_is_the_bytes_alone() -> None:
    file = ModelFile(tree_model().read_bytes())
    expected = file.model.predict("CCO")["logS_pred"]
    assert len(pickle.dumps(file)) < tree_model().stat().st_size + 1000
    for other in (copy.deepcopy(file), pickle.loads(pickle.dumps(file))):
        assert other.model.path != file.model.path
        assert other.model.predict("CCO")["logS_pred"] == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_leaves_the_file_to_its_parent() -> None:
    file = ModelFile(tree_model().read_bytes())
    assert file.model.path.exists()
    child = multiprocessing.get_context("fork").Process(target=_forget, args=(file,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert file.model.path.exists()


def _forget(file: ModelFile) -> None:
    file._model = None
    gc.collect()
