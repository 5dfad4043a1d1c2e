"""How often a network sees its training rows where nobody says; known without torch, for plans."""

from __future__ import annotations

from collections.abc import Iterable

# On Lipophilicity (3,360 compounds) 20 epochs were too few for a network; few compounds come in smaller batches.
_USUAL = 40
# By the validation images of PneumoniaMNIST and held-out handwritten digits, and by held-out patients of PhysioNet 2012
# set-a, which are soon learnt by heart.
_EPOCHS = {"cnn": 30, "resnet": 20, "grud": 6, "event-gru": 6}


def usual_epochs(encoders: Iterable[str]) -> int:
    """Epochs of a network with these encoders: those that the slowest to learn wants.

    >>> usual_epochs(["cnn"]), usual_epochs(["dmpnn"])
    (30, 40)
    """
    return max(_EPOCHS.get(encoder, _USUAL) for encoder in encoders)
