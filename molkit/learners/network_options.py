"""Options of networks, what suits which encoders, and what a search may try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from molkit.errors import InputError
from molkit.learners.epochs import usual_epochs
from molkit.learners.space import Choice, Space, Span
from molkit.training.fit import FitOptions


@dataclass(frozen=True)
class NeuralOptions:
    """`inputs` maps an input name to the encoder that reads it; `objective` is "squared" or "absolute".

    `imbalance`, for classes, is one of `molkit.imbalance.METHODS`. The batch size of `fit` is the largest; few rows
    are trained on in smaller batches. `augment` names what changes training batches, see `molkit.training.augment`.
    `head` is one of `molkit.nn.HEADS`, or "auto": symmetric if the first two inputs have the same encoder, bilinear for
    several that do not, else mlp.
    """

    inputs: Mapping[str, str] = field(default_factory=lambda: {"drug": "dmpnn"})
    width: int = 256
    depth: int = 3
    dropout: float = 0.0
    objective: str = "squared"
    imbalance: str = "none"
    fit: FitOptions = FitOptions()
    augment: tuple[str, ...] = ()
    head: str = "auto"

    def head_name(self) -> str:
        """The head that is meant; raises InputError for a symmetric one of inputs that are not alike."""
        encoders = list(self.inputs.values())
        pair = len(encoders) > 1 and encoders[0] == encoders[1]
        if self.head == "auto":
            return "symmetric" if pair else "bilinear" if len(encoders) > 1 else "mlp"
        if self.head == "symmetric" and not pair:
            raise InputError(f"a symmetric head wants two inputs of one kind, got {', '.join(self.inputs)}")
        return self.head


SPACE: Space = {
    "width": Choice((128, 200, 256, 384)),  # products of other sizes can be half as fast
    "depth": Span(2, 6, whole=True),
    "dropout": Span(0.0, 0.4),
    "learning_rate": Span(3e-4, 3e-3, log=True),
    "batch_size": Choice((16, 32, 64, 128, 256)),
    "epochs": Span(15, 100, log=True, whole=True),
}
# Health records are fewer than molecules and soon learnt by heart; chosen on held-out patients of PhysioNet 2012 set-a.
_RECORD_SPACE: Space = {
    **SPACE,
    "width": Choice((32, 64, 128)),
    "depth": Span(1, 2, whole=True),
    "dropout": Span(0.0, 0.5),
    "epochs": Span(3, 30, log=True, whole=True),
}
_RECORD_USUAL = {"width": 32, "depth": 1, "dropout": 0.3, "fit": FitOptions(learning_rate=2e-3)}
# Networks of images have 64 maps as a rule, and halve the sides of an image once a layer.
_IMAGE_SPACE: Space = {**SPACE, "width": Choice((32, 64, 128)), "depth": Span(2, 4, whole=True)}
_SPACES = {"event-gru": _RECORD_SPACE, "grud": _RECORD_SPACE, "cnn": _IMAGE_SPACE, "resnet": _IMAGE_SPACE}
# Where an encoder is slow at the usual size: of attentivefp what its authors found good, of gru half the time of 256. A
# signal has many steps and few rows: 128 and 3 layers were best on the training takes of spoken digits. Of cnn the
# textbook's, of resnet the smallest of its authors' for small images. Of perceptrons two layers were better than three.
_USUAL: dict[str, dict[str, Any]] = {
    "attentivefp": {"width": 200, "depth": 2},
    "gru": {"width": 128, "depth": 2},
    "selfies-gru": {"width": 128, "depth": 2},
    "cnn": {"width": 64, "depth": 3},
    "resnet": {"width": 64, "depth": 3},
    "event-gru": _RECORD_USUAL,
    "grud": _RECORD_USUAL,
    "signal-gru": {"width": 128, "depth": 2},
    "spectrogram-cnn": {"width": 128, "depth": 3},
    "fingerprint": {"depth": 2},
    "composition": {"depth": 2},
    "perceptron": {"depth": 2},
}
# Of several inputs there are many rows that share few values. On validation rows of Davis the bilinear head, dropout,
# and batches of 128 rows were each better than what a single input has.
_OF_SEVERAL: dict[str, Any] = {"dropout": 0.1, "fit": FitOptions(batch_size=128)}


def network_options(encoders: Mapping[str, str], options: NeuralOptions | None = None) -> NeuralOptions:
    """The options, by default those that suit the encoders of the inputs, with these encoders."""
    if options is None:
        usual = [_USUAL.get(encoder, {}) for encoder in encoders.values()]
        own = usual[0] if all(other == usual[0] for other in usual) else {}
        options = NeuralOptions(**{**own, **(_OF_SEVERAL if len(encoders) > 1 else {})})
        options = replace(options, fit=replace(options.fit, epochs=usual_epochs(encoders.values())))
    return replace(options, inputs=dict(encoders))


def network_space(learner: str) -> Space:
    """What a search may try of the options of a network, by the names of its encoders."""
    return _SPACES.get(learner, SPACE)
