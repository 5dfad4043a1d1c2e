"""The model card of an autoencoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from molkit.pipeline.card import origin_words, points
from molkit.pipeline.phrases import count

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
        f"from which it can be {'written' if _writes(content) else 'given back'} again. It predicts no property."
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


def _rows(content: dict[str, Any]) -> Iterator[str]:
    training = content["training"]
    yield f"{count(training['n'], 'distinct ' + content['noun'])} to train on, seed {training['seed']}."
    if training["left_out"]:
        yield f"{training['left_out']:,} left out: too long for the network, or with tokens that it does not know."
    for status, found in sorted(training["unreadable"].items()):
        yield f"{found:,} rows could not be read: {status}."


def _scores(content: dict[str, Any]) -> Iterator[str]:
    for name, words in _SCORES.items():
        if (score := content["scores"].get(name)) is not None:
            interval = f" [{score['low']:.1%}, {score['high']:.1%}]" if "low" in score else ""
            yield f"{score['value']:.1%}{interval} {words} (n = {score['n']:,})."
    loss = content["scores"].get("loss")
    if loss is None:
        yield "None of those held out has only parts that training has, so that nothing is known of how they come back."
        return
    yield f"Loss {loss['value']:.2f} nats each at the posterior mean (n = {loss['n']:,})."


def _limits(content: dict[str, Any]) -> Iterator[str]:
    yield f"Of a {content['noun']} unlike those of training the vector means little."
    if _writes(content):
        yield "What it writes need not be stable, or possible to make; check alerts, synthesis and predictions."
