"""How often a network sees its training rows where nobody says; known without torch, for plans."""

from __future__ import annotations

from collections.abc import Iterable

# On Lipophilicity (3,360 compounds) 20 epochs were too few for a network; few compounds come in smaller batches.
_USUAL = 40
# By the validation images of PneumoniaMNIST and held-out handwritten digits.
_EPOCHS = {"cnn": 30, "resnet": 20}


def usual_epochs(encoders: Iterable[str]) -> int:
    """Epochs of a network with these encoders: those that the slowest to learn wants.

    >>> usual_epochs(["cnn"]), usual_epochs(["dmpnn"])
    (30, 40)
    """
    return max(_EPOCHS.get(encoder, _USUAL) for encoder in encoders)
