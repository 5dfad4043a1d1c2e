"""What is kept of a library, by what the models need that are to read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from trained import tree_model

from molkit.bundle import read_bundle
from molkit.chem.policy import Policy
from molkit.errors import InputError
from molkit.pipeline.opened import Model
from molkit.screening import recipe
from molkit.screening.recipe import choose_recipe

Changed = Callable[..., list[Path]]
LATER = Policy(limits=replace(Policy().limits, seconds=9.0))


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Changed:
    """Makes model files of one, with other policies (and, to tell them apart, whether the drawn structure will do)."""
    bundle = read_bundle(tree_model())

    def make(*policies: tuple[Policy, bool], **featurizers: Any) -> list[Path]:
        made = {}
        for place, (policy, drawn) in enumerate(policies):
            changed: dict[str, Any] = {
                "policy": asdict(policy),
                "shortcuts": {"as_drawn": {"change": 0 if drawn else 1}},
            }
            if place and featurizers:
                changed["featurizers"] = featurizers
            path = Path(f"{place}.molkit")
            made[path] = Model(path, replace(bundle, model={**bundle.model, **changed}))
        monkeypatch.setattr(recipe, "open_models", lambda paths: tuple(made[path] for path in paths))
        return list(made)

    return make


def test_models_that_read_drawn_structures_alike_share_a_library(models: Changed) -> None:
    found = choose_recipe(models((Policy(), True), (Policy(max_isomers=2), True), (LATER, True)))
    assert found.readings == ("drawn",)


def test_isomers_are_those_of_the_model_that_reads_them(models: Changed) -> None:
    found = choose_recipe(models((Policy(), True), (Policy(max_isomers=2), False)))
    assert (found.policy.max_isomers, found.readings) == (2, ("drawn", "isomers"))


def test_what_differs_is_named_and_nothing_else(models: Changed) -> None:
    other = replace(LATER, mixtures="largest")
    with pytest.raises(InputError, match=r"unlike 0.molkit \(mixtures: 'largest' and 'reject'\); prepare"):
        choose_recipe(models((Policy(), True), (other, True)))
    with pytest.raises(InputError, match=r"\(max_isomers: 2 and 8\)"):
        choose_recipe(models((Policy(), True), (Policy(max_isomers=2), True)), exact=True)
    options = {"fingerprint": {"radius": 3}}
    with pytest.raises(InputError, match=re.escape("(fingerprint: {'radius': 3} and {")):
        choose_recipe(models((Policy(), True), (Policy(), True), **options))
