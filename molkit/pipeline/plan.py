"""Which learners a run fits, and as how many models."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

from molkit.errors import InputError
from molkit.learners import LEARNERS, NETWORKS
from molkit.learners.epochs import usual_epochs
from molkit.learners.inputs import DRUG, Inputs, check_learner, encoders_of, fitting
from molkit.training.augment import AUGMENTATIONS

AUTO = "auto"
# What `auto` may take for one input, by its kind, for a molecule and a protein (the best of those tried on validation
# rows of Davis: MSE 0.209, of boosting alone 0.273), and for other pairs.
_AUTO_OF = {
    "smiles": ("linear", "boosting", "forest", "dmpnn"),
    "sequence": ("linear", "boosting", "composition"),
    "image": ("boosting", "cnn"),
    "record": ("boosting", "grud"),
    "signal": ("boosting", "spectrogram-cnn"),
    "table": ("linear", "boosting", "perceptron"),
}
_AUTO_OF_AFFINITIES = ("boosting", "fingerprint+composition", "dmpnn+composition")
_AUTO_OF_MOLECULES = ("boosting", "dmpnn")
NO_AUGMENTATION = ("none",)
# Under this number of compounds a linear model on fingerprints takes the place of the network: on 200 of FreeSolv it
# had RMSE 1.27 (boosting 1.59), of ESOL and Lipophilicity it was level with boosting, and on 10 actives among 110
# compounds of eight ChEMBL targets a median BEDROC of 0.38 where the network had 0.29.
FEW_COMPOUNDS = 200
# Up to this number it stays beside the network. On 200, 500 and 1,000 compounds of Lipophilicity the mean of all four
# had RMSE 0.962, 0.843 and 0.780, without the linear model 0.974, 0.856 and 0.799 (three draws); on two scaffold splits
# of FreeSolv 0.90 and 1.39 instead of 0.99 and 1.50, of TDC's HIA (ROC-AUC) 0.961 and 0.999 instead of 0.954 and 0.996,
# of half life (Spearman) 0.534 and 0.487 instead of 0.540 and 0.496.
MANY_COMPOUNDS = 1000
# Over this many compounds three folds leave a network data enough, at half the time of five.
_MANY_FOR_FOLDS = 500
# More values than this (compounds times targets): trees get three folds too, for the same reason.
_MANY_VALUES = 20_000
# Measured core-seconds per 1,000 compounds: per model and target for the first three, per epoch for networks.
_SECONDS = {"boosting": 4.0, "forest": 2.0, "linear": 2.0}
WITHOUT_TORCH = frozenset(_SECONDS)  # learners that need no torch
_ALIKE = frozenset({"linear"})  # learners that say the same with another seed, or nearly
# Images of 64 x 64 pixels, proteins of 650 residues, ECG traces of 140 samples (a second of sound takes gru 25 times
# that), records of two days of intensive care.
_SECONDS_PER_EPOCH = {
    **dict.fromkeys(NETWORKS, 0.8),
    "gru": 2.5,
    "selfies-gru": 2.5,
    "residue-cnn": 7.0,
    "residue-attention": 8.0,
    "cnn": 2.7,
    "resnet": 3.9,
    "event-gru": 0.2,
    "grud": 0.2,
    "signal-gru": 0.7,
    "spectrogram-cnn": 0.5,
    "perceptron": 0.05,
}
_SECONDS_OF_PAIRS = 1.5  # of dmpnn+residue-cnn, each distinct drug and protein of a batch being encoded once


@dataclass(frozen=True)
class Plan:
    """Learners by name with the number of folds of each, the epochs of networks (None: what suits each), the
    expected core-seconds.

    `seeds` is how many models of a learner are fitted without each fold, where that is not one; `combine` names what
    weights the learners, `threshold` what the thresholds of classes serve.
    """

    folds: dict[str, int]
    epochs: int | None
    seconds: float
    width: int | None = None  # of networks; None is what suits each
    depth: int | None = None
    options: dict[str, dict[str, Any]] = field(default_factory=dict)  # of learners by name, where not the usual ones
    seeds: dict[str, int] = field(default_factory=dict)
    combine: str = "stack"
    threshold: str = "MCC"
    augment: tuple[str, ...] = ()  # names of `molkit.training.augment.AUGMENTATIONS`
    tried: dict[str, str] = field(default_factory=dict)  # an imbalance method for each learner, if it helps

    def seeds_of(self, name: str) -> int:
        """How many models of a learner are fitted without each fold."""
        return self.seeds.get(name, 1)

    def size(self, name: str) -> int:
        """How many models of a learner are fitted."""
        return self.folds[name] * self.seeds_of(name)

    @property
    def models(self) -> str:
        """The models, in words."""
        return ", ".join(f"{self.size(name)} of {name}{self._parts(name)}" for name in self.folds)

    def _parts(self, name: str) -> str:
        seeds = self.seeds_of(name)
        return "" if seeds == 1 else f" ({self.folds[name]} folds, {seeds} seeds)"

    @property
    def sentence(self) -> str:
        """What is fitted and how long it should take, in words."""
        return f"Fold models: {self.models}; about {max(self.seconds / 60, 0.1):.1f} core-minutes expected."


def choose_plan(
    rows: int,
    targets: int,
    learners: Sequence[str],
    folds: int,
    epochs: int | None,
    budget: float | None,
    fits: float = 1,
    ensemble_size: int | None = None,
    kinds: Sequence[str] = ("smiles",),
    effort: float = 1.0,
) -> Plan:
    """The plan for `rows` compounds: what was asked for, or `auto`, made smaller until `fits` fits of it take no more
    than `budget` core-minutes.

    Without a budget `auto` is, for molecules, boosting, forest, D-MPNN (from 200 compounds on) and linear (up to
    1,000), each as `folds` fold models, or 3 where more would cost much and bring little, which is not so of pairs.
    Where `ensemble_size` models of each are asked for, fewer than these are as many folds, more are several seeds of
    every fold. A budget first takes seeds, then folds from the network, then the network, then the forest. The choice
    depends on the numbers given alone, so that a repeated run makes the same. `effort` is how much dearer than usual a
    row is for networks.
    """
    names = _auto(rows, kinds) if tuple(learners) == (AUTO,) else list(learners)
    most = folds if ensemble_size is None else min(folds, ensemble_size)
    counts = {name: most if len(kinds) > 1 else _folds(name, rows, targets, most) for name in names}
    seeds = {name: math.ceil((ensemble_size or 1) / counts[name]) for name in names if name not in _ALIKE}
    seeds = {name: count for name, count in seeds.items() if count > 1}
    cost = _Cost(rows, targets, fits, len(kinds) > 1, effort)
    plan = cost.of(Plan(counts, epochs, 0.0, seeds=seeds))
    if budget is None:
        return plan
    for smaller in _ladder(plan):
        plan = cost.of(smaller)
        if plan.seconds <= budget * 60:
            return plan
    raise InputError(
        f"--budget {budget:g}: the smallest plan ({plan.models}) is expected to take {plan.seconds / 60:.2g}"
        " core-minutes; allow more, or leave --budget out"
    )


def _auto(rows: int, kinds: Sequence[str]) -> list[str]:
    left_out = "linear" if rows > MANY_COMPOUNDS else ""
    if rows < FEW_COMPOUNDS and tuple(kinds) == ("smiles",):
        left_out = "dmpnn"
    return [name for name in candidates((AUTO,), kinds) if name != left_out]


def candidates(learners: Sequence[str], kinds: Sequence[str] = ("smiles",)) -> tuple[str, ...]:
    """Every learner that a plan for inputs of these kinds may hold."""
    if tuple(learners) != (AUTO,):
        return tuple(learners)
    if len(kinds) == 1:
        return _AUTO_OF[kinds[0]]
    if sorted(kinds) == ["sequence", "smiles"]:
        return _AUTO_OF_AFFINITIES
    return _AUTO_OF_MOLECULES if "smiles" in kinds else tuple(dict.fromkeys(_AUTO_OF[kinds[0]][-2:]))


def _folds(name: str, rows: int, targets: int, folds: int) -> int:
    many = rows * targets > _MANY_VALUES if name in WITHOUT_TORCH else rows > _MANY_FOR_FOLDS
    return min(folds, 3) if many else folds


def _ladder(plan: Plan) -> list[Plan]:
    """The plan, and ever smaller ones."""
    steps = [plan]
    for fewer in range(max(plan.seeds.values(), default=1) - 1, 0, -1):
        plan = replace(plan, seeds={name: min(count, fewer) for name, count in plan.seeds.items()})
        steps.append(plan)
    networks = [name for name in plan.folds if name not in WITHOUT_TORCH]
    if any(plan.folds[name] > 3 for name in networks):
        steps.append(replace(plan, folds={n: min(c, 3) if n in networks else c for n, c in plan.folds.items()}))
    trees = {name: count for name, count in plan.folds.items() if name not in networks}
    if networks and trees:
        steps.append(replace(plan, folds=trees))
    last = steps[-1].folds
    steps.append(replace(plan, folds={name: min(count, 3) for name, count in last.items()}))
    first = next(iter(last)) if "boosting" not in last else "boosting"
    return [*steps, replace(plan, folds={first: min(last[first], 3)})]


@dataclass(frozen=True)
class _Cost:
    """What a plan costs: `fits` fits to `rows` rows, of `pairs` or not; see `choose_plan` for `effort`."""

    rows: int
    targets: int
    fits: float
    pairs: bool
    effort: float

    def of(self, plan: Plan) -> Plan:
        """The plan with the core-seconds that it is expected to take."""
        total = 0.0
        for name, count in plan.folds.items():
            seen = max(count - 1, 1)  # each of k models sees (k - 1) / k of the rows
            total += self._per_thousand(name, plan.epochs) * self.rows / 1000 * seen * plan.seeds_of(name)
        return replace(plan, seconds=total * self.fits)

    def _per_thousand(self, name: str, epochs: int | None) -> float:
        if name in _SECONDS:
            return _SECONDS[name] * self.targets
        encoders = name.split("+")
        seconds = _SECONDS_OF_PAIRS if self.pairs else _SECONDS_PER_EPOCH[name]
        return seconds * self.effort * (epochs or usual_epochs(encoders))


def size_notes(plan: Plan, asked: int | None) -> list[str]:
    """Why there are not as many models of a learner as were asked for."""
    more = [f"{plan.size(name)} of {name}" for name in plan.folds if plan.size(name) > (asked or math.inf)]
    alike = [name for name in plan.folds if name in _ALIKE and plan.size(name) < (asked or 0)]
    fewer = [f"{plan.size(name)} of {name}" for name in plan.folds
             if name not in _ALIKE and plan.size(name) < (asked or 0)]  # fmt: skip
    told = []
    if more:
        told.append(f"{', '.join(more)}, as every fold has the same number of models")
    if fewer:
        told.append(f"{', '.join(fewer)}, as the budget allows no more")
    if alike:
        told.append(f"only one seed of {', '.join(alike)}, which says the same with any")
    return [f"--ensemble-size {asked}: {'; '.join(told)}."] if told else []


def check_learners(learners: Sequence[str]) -> None:
    """Raise InputError for an unknown or repeated learner, `auto` beside others, or encoders that cannot be joined."""
    for name in learners or ("",):
        check_learner(name, (AUTO, *LEARNERS))
    if len(set(learners)) < len(learners):
        raise InputError("a learner is named twice")
    if AUTO in learners and len(learners) > 1:
        raise InputError(f"--learner {AUTO} stands alone; name learners, or leave the choice to molkit")


def augmentations(
    names: Sequence[str], learners: Sequence[str], inputs: Inputs = DRUG
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """Each augmentation asked for, with those of the learners of these inputs that it concerns; nothing for "none".

    Raises InputError for an unknown or repeated name, "none" beside others, or one that would change nothing.
    """
    if tuple(names) == NO_AUGMENTATION:
        return {}
    known = (*NO_AUGMENTATION, *AUGMENTATIONS)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        name = unknown[0] if unknown else ""
        raise InputError(f"--augment: there is no augmentation {name!r}; known are {', '.join(known)}")
    if len(set(names)) < len(names):
        raise InputError("--augment: an augmentation is named twice")
    if NO_AUGMENTATION[0] in names:
        raise InputError("--augment none stands alone; name augmentations, or leave it out")
    if not {"image", "flip"}.isdisjoint(names) and find_spec("monai") is None:
        raise InputError("--augment: images are changed with monai, which is not here: install molkit[medical]")
    return {name: _concerned(name, learners, inputs) for name in names}


def _concerned(name: str, learners: Sequence[str], inputs: Inputs) -> tuple[str, ...]:
    wanted = AUGMENTATIONS[name].features
    found = tuple(learner for learner in learners if _reads(learner, wanted, inputs))
    if not found:
        able = [network for network, feature in NETWORKS.items() if not wanted or feature in wanted]
        able = list(fitting(able, inputs)) or able
        raise InputError(f"--augment {name} changes what {', '.join(able)} are trained on, and this run fits"
                         f" {', '.join(learners)}; add --learner {able[0]}, or leave it out")  # fmt: skip
    return found


def _reads(learner: str, features: Sequence[str], inputs: Inputs) -> bool:
    """Whether a learner is a network with an encoder of one of these features, or a network at all if there is none."""
    if learner.split("+")[0] not in NETWORKS:
        return False
    return not features or any(NETWORKS[encoder] in features for encoder in encoders_of(learner, inputs).values())


def augmentation_notes(changed: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each augmentation, from what `augmentations` gave."""
    return [f"Augmentation {name} ({', '.join(learners)}): {AUGMENTATIONS[name].words}."
            for name, learners in changed.items()]  # fmt: skip
