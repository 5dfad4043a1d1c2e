"""The encoder that `--from` names: opened, put to its use, and told of, as it may have seen what a run is tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molkit.bundle import Bundle, read_bundle
from molkit.config import RunConfig
from molkit.errors import InputError
from molkit.features import KIND_OF
from molkit.features.inputs import Input, kinds_of
from molkit.learners import NETWORKS
from molkit.learners.inputs import encoders_of
from molkit.learners.pretrained import Pretrained, Start
from molkit.pipeline.known import known_hashes, structure_hashes
from molkit.pipeline.phrases import count
from molkit.pipeline.plan import WITHOUT_TORCH, candidates
from molkit.pipeline.policies import feature_options
from molkit.types import Identity

if TYPE_CHECKING:
    from molkit.learners.encoding import Encoding

USES = ("weights", "features")
_OWN_COLUMNS = ("table", "record")  # kinds of which each run settles for itself what is read


@dataclass(frozen=True)
class Source:
    """A pre-trained encoder in use: `encoder` makes vectors if `use` is "features", else networks begin with `start`.

    `options` are those of its featurizer. `told` is what a model file keeps of it; `seen` are hashes of the
    standardised things that it was trained on, None where its file does not say.
    """

    use: str
    encoder: Pretrained
    start: Start | None
    options: dict[str, dict[str, Any]]
    told: dict[str, Any]
    seen: np.ndarray | None

    @property
    def vectors(self) -> tuple[str, ...]:
        """Arrays that trees and linear models read beside the usual ones."""
        return self.encoder.arrays if self.use == "features" else ()

    @property
    def latents(self) -> tuple[Pretrained, ...]:
        """What makes them."""
        return (self.encoder,) if self.use == "features" else ()

    def overlap(self, identities: Sequence[Identity]) -> int | None:
        """How many things of a run the encoder was trained on; None if that is not known."""
        if self.seen is None:
            return None
        hashes = structure_hashes([own.text for own in identities])
        return int(np.isin(hashes, self.seen).sum())


def open_source(config: RunConfig, inputs: Sequence[Input]) -> Source | None:
    """The encoder that a configuration names, for these inputs; None if it names none.

    Raises InputError for a file without an encoder that a run of these inputs can use, BundleError for no model.
    """
    if config.pretrained is None:
        return None
    path = Path(config.pretrained)
    bundle = read_bundle(path)
    encoding, fold = _encoding(bundle, path)
    start = encoding.start(path.name)
    feature = encoding.needs[0].rpartition("/")[2]
    names = tuple(one.name for one in inputs if one.kind == KIND_OF[feature])
    if not names:
        said = ", ".join(f"{one.name} ({one.kind})" for one in inputs)
        raise InputError(f"--from {path.name}: its encoder reads {KIND_OF[feature]}, and the inputs are {said}")
    if KIND_OF[feature] in _OWN_COLUMNS:
        raise InputError(f"--from {path.name}: its encoder reads the columns of its own table, and no others")
    encoder = Pretrained(encoding, names, feature, bundle.sha256[:12])
    use = _use(config, inputs, start.encoder if start else encoding.name, start is not None, path.name)
    options = {kind: own for kind, own in bundle.model["featurizers"].items() if kind == feature}
    _check_options(options, config, path.name)
    told = {
        "file": path.name,
        "sha256": bundle.sha256,
        "use": use,
        "encoder": encoding.name,
        "fold": fold,
        **_training(bundle),
        "vectors": encoder.latents if use == "features" else {},
    }
    return Source(use, encoder, start if use == "weights" else None, options, told, _seen(bundle))


def _training(bundle: Bundle) -> dict[str, Any]:
    """What a model file says of its training: targets (none of an autoencoder), rows, and which these were."""
    content = bundle.model
    if bundle.is_autoencoder:
        return {"learned": [], "rows": content["training"]["n"], "data": f"from {content['trained_on']}"}
    split = content["split"]
    rows = len(split["train"]) + len(split["valid"])
    return {"learned": [target["name"] for target in content["targets"]], "rows": rows,
            "data": f"data hash {split['data_hash'][:16]}"}  # fmt: skip


def _encoding(bundle: Bundle, path: Path) -> tuple[Encoding, str]:
    """The encoder of the first fold model of the first network of one input, and which that is in words."""
    from molkit.engine.embed import encoding_of

    if bundle.is_autoencoder:
        return encoding_of(bundle, 0, 0), "posterior means"
    learners = bundle.model["learners"]
    for place, own in enumerate(learners):
        if own["name"] in NETWORKS and len(bundle.model["inputs"]) == 1:
            which = f"fold model 1 of {own['models']}" if own["models"] > 1 else "the one model"
            return encoding_of(bundle, place, 0), which
    names = ", ".join(own["name"] for own in learners)
    raise InputError(
        f"--from {path.name}: expected a model file with an encoder of one input, and it holds {names} of "
        f"{' and '.join(bundle.model['inputs'])}; name an autoencoder, or a model trained with --learner dmpnn or such"
    )


def _use(config: RunConfig, inputs: Sequence[Input], encoder: str, begins: bool, file: str) -> str:
    """How the encoder is used: as asked for, else as weights where a network of the run has it.

    `begins` says whether there is a network that can begin with its weights.
    """
    asked = config.pretrained_as
    if asked not in (None, *USES):
        raise InputError(f"--from-as: expected {' or '.join(USES)}, got {asked!r}")
    kinds = kinds_of(inputs)
    learners = candidates(config.learners, list(kinds.values()))
    networks = [name for name in learners if name not in WITHOUT_TORCH]
    alike = [name for name in networks if encoder in encoders_of(name, kinds).values()]
    readers = [name for name in learners if name in WITHOUT_TORCH]
    if asked == "weights" and not begins:
        raise InputError(f"--from {file}: no network begins with the weights of a {encoder}; give --from-as features")
    if asked == "weights" and not alike:
        raise InputError(f"--from {file}: its encoder is {encoder}, and no learner of {', '.join(learners)} has one; "
                         f"add --learner {encoder}, or --from-as features")  # fmt: skip
    if not readers and (asked == "features" or not alike):
        raise InputError(f"--from {file}: vectors of {encoder} are features for {', '.join(sorted(WITHOUT_TORCH))}, "
                         f"none of which is among {', '.join(learners)}; add one with --learner")  # fmt: skip
    return asked or ("weights" if alike else "features")


def _check_options(options: dict[str, dict[str, Any]], config: RunConfig, file: str) -> None:
    """Raise InputError where the run makes the encoder's feature in another way."""
    for kind, own in feature_options(config).items():
        if options.get(kind, own) != own:
            raise InputError(f"--from {file}: its encoder reads {kind} with {options[kind]}, and the run has {own}; "
                             "give the run the same")  # fmt: skip


def _seen(bundle: Bundle) -> np.ndarray | None:
    """Hashes of the standardised structures, or other things, that a model file says it learned from."""
    if bundle.is_autoencoder:
        return known_hashes(bundle)
    if "training.json" not in bundle.entries:
        return None
    training = bundle.json("training.json")
    things = [training["smiles"]] if "smiles" in training else list(training["things"].values())
    return np.sort(structure_hashes(things[0])) if len(things) == 1 else None


def source_words(told: dict[str, Any], noun: str) -> list[str]:
    """What a card and the notes say of an encoder, from what a model file keeps of it."""
    used = {
        "weights": f"networks with {told['encoder']} began with its weights and changed them",
        "features": "its vectors are features of the trees and linear models, and it is kept as it was",
    }[told["use"]]
    learned = f"to predict {', '.join(told['learned'])}" if told["learned"] else "to reconstruct what it reads"
    first = (
        f"Encoder from {told['file']} (hash {told['sha256'][:16]}): {told['encoder']}, {told['fold']}, trained "
        f"{learned} on {told['rows']:,} rows of its own ({told['data']}); {used}."
    )
    return [first, _overlap_words(told, noun)]


def _overlap_words(told: dict[str, Any], noun: str) -> str:
    scored, seen = told["scored"], told["scored_seen"]
    of = f"the {count(scored, noun)} that scores are of"
    if seen is None:
        return (
            f"Whether {of} were among what the encoder was trained on is not known, as its file does not say what that "
            "was: if they were, scores are too good."
        )
    if not seen:
        return f"None of {of} was among what the encoder was trained on, by its standardised form."
    labels = ", with measured values of them" if told["learned"] else ", without measured values"
    worth = "scores are too good for it" if told["learned"] else "scores may be a little too good for it"
    return f"{seen:,} of {of} were among what the encoder was trained on{labels}: {worth}."
