"""The model card of an autoencoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from molkit.pipeline.card import origin_words, points
from molkit.pipeline.phrases import count

# What is given back from the vector, of a kind that does not give all back.
_GIVEN_BACK = {"fingerprint": "its fingerprint bits and descriptors"}
_SCORES = {
    "exact_reconstruction": "come back exactly from their vector, the likeliest token being written at each step",
    "valid": "of what is written for vectors drawn from the latent density can be read and standardised",
    "unique": "of these are distinct",
    "new": "of these are not among the things trained on",
}


def autoencoder_card(content: dict[str, Any]) -> str:
    """Markdown from the contents of a model file with an autoencoder."""
    training = content["training"]
    sections = [
        ("What it is", points(_what(content))),
        ("Data", points([f"Trained on {content['trained_on']}.", *origin_words(content), *_rows(content)])),
        (f"On {count(training['held_out'], content['noun'])} that were held out", points(_scores(content))),
        ("Limits", points(_limits(content))),
        ("Noted on the way", points(content["notes"]) or "Nothing."),
        ("Made with", ", ".join(f"{name} {version}" for name, version in content["versions"].items()) + "."),
    ]
    return "# Model card\n\n" + "\n\n".join(f"## {title}\n\n{text}" for title, text in sections) + "\n"


def _what(content: dict[str, Any]) -> Iterator[str]:
    options, name = content["options"], content["autoencoder"]["kind"]
    yield (
        f"A variational autoencoder ({name}): each {content['noun']} becomes a vector of {content['latent']} numbers, "
        f"from which {_GIVEN_BACK.get(name, 'it')} can be {'written' if _writes(content) else 'given back'} again. "
        "It predicts no property."
    )
    if _recovers(content):
        yield (
            "It writes no molecules. Its vectors serve maps (embed) and trees and linear models (train --from), and "
            "tell, with its loss, what is unlike the molecules of training."
        )
    yield (
        f"The divergence from N(0, 1) counts {options['kl_weight']:g}, rising from 0 over the first half of training; "
        f"{options['free_bits']:g} nats of each dimension are free."
    )
    if _writes(content):
        yield "Vectors are drawn from a mixture of Gaussians fitted to those of training, not from N(0, 1)."


def _writes(content: dict[str, Any]) -> bool:
    """Whether it writes molecules, which scores then tell of."""
    return "valid" in content["scores"]


def _recovers(content: dict[str, Any]) -> bool:
    """Whether it gives bits and descriptors back, which scores then tell of."""
    return "bits_recovered" in content["scores"]


def _rows(content: dict[str, Any]) -> Iterator[str]:
    training = content["training"]
    yield f"{count(training['n'], 'distinct ' + content['noun'])} to train on, seed {training['seed']}."
    if training["left_out"]:
        yield f"{training['left_out']:,} left out: too long for the network, or with tokens that it does not know."
    for status, found in sorted(training["unreadable"].items()):
        yield f"{count(found, 'row')} could not be read: {status}."


def _scores(content: dict[str, Any]) -> Iterator[str]:
    for name, words in _SCORES.items():
        if (score := content["scores"].get(name)) is not None:
            yield f"{score['value']:.1%}{_ends(score, '.1%')} {words} (n = {score['n']:,})."
    if _recovers(content):
        yield from _recovery(content["scores"])
    loss = content["scores"].get("loss")
    if loss is None:
        yield "None of those held out has only parts that training has, so that nothing is known of how they come back."
        return
    yield f"Loss {loss['value']:.2f} nats each at the posterior mean (n = {loss['n']:,})."


def _recovery(scores: dict[str, Any]) -> Iterator[str]:
    """How bits and descriptors come back from the vectors of molecules that were held out, means."""
    bits, alike, error = (scores[name] for name in ("bits_recovered", "bits_similarity", "descriptor_error"))
    medians = scores["descriptor_error_of_medians"]["value"]
    yield (
        f"{bits['value']:.1%}{_ends(bits, '.1%')} of the fingerprint bits of a molecule come back, and all that come "
        f"back have a Tanimoto similarity of {alike['value']:.2f}{_ends(alike, '.2f')} to its own (n = {bits['n']:,})."
    )
    yield (
        f"Its descriptors come back with a mean error of {error['value']:.2f}{_ends(error, '.2f')} standard deviations "
        f"of training, where the median of each would have {medians:.2f}."
    )


def _ends(score: dict[str, Any], form: str) -> str:
    """The interval of a score, if it has one."""
    return f" [{score['low']:{form}}, {score['high']:{form}}]" if "low" in score else ""


def _limits(content: dict[str, Any]) -> Iterator[str]:
    yield f"Of {content['noun']}s unlike those of training vectors mean little."
    if _writes(content):
        yield "What it writes need not be stable, or possible to make; check alerts, synthesis and predictions."
