"""What a model reads of a row: named inputs, each of a kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from molkit.data import images, signals
from molkit.data.images import ImageReader
from molkit.data.signals import SignalReader
from molkit.errors import InputError, name_hint
from molkit.features import record, sequence, tabular
from molkit.features.fingerprint import packed_bits
from molkit.features.record import RecordReader
from molkit.features.sequence import SequenceReader
from molkit.features.tabular import TableReader
from molkit.types import Identity, Values


@dataclass(frozen=True)
class Kind:
    """A kind of input: in words, what reads a cell, what a read cell is, and the feature that similarity is told by.

    `noun` is what a row is called where it is read alone. What is of one `whole` ("subject"; "" for none) is never
    parted by a split, whatever else is in its rows; `distinct` rows are never the same as others.

    Molecules have no `reader` here: they are read under a structure policy (`molkit.chem`). What is `private` is never
    put into a model file. `seconds` is how long one may take to read, if longer than molecules may, and `remarks` tells
    sentences about a cell, read with the options of an input, beside what is read of it.
    """

    words: str
    noun: str
    reader: Callable[..., Callable[[Any], Any]] | None = None
    identify: Callable[[Any], Identity] | None = None
    sketch: str | None = None
    private: bool = False
    whole: str = ""
    distinct: bool = False
    seconds: float = 0.0
    remarks: Callable[[Any, Mapping[str, Any]], Sequence[str]] | None = None


KINDS: dict[str, Kind] = {
    "smiles": Kind("molecules, as SMILES or mol blocks", "compound", sketch="fingerprint"),
    "sequence": Kind("proteins, as residues in one-letter code", "protein", SequenceReader, sequence.identify, "kmers"),
    "image": Kind(
        "images, as files or rows of .npz arrays",
        "image",
        ImageReader,
        images.identify,
        "image-sketch",
        private=True,
        whole="image",
        seconds=10.0,
        remarks=lambda cell, _: images.image_remarks(cell),
    ),
    "record": Kind(
        "health records, as events over time", "record", RecordReader, record.identify, private=True, whole="subject"
    ),
    "signal": Kind(
        "signals, as .wav files or numbers",
        "recording",
        SignalReader,
        signals.identify,
        "signal-sketch",
        private=True,
        whole="recording",
    ),
    "table": Kind(
        "rows of plain columns",
        "row",
        TableReader,
        tabular.identify,
        private=True,
        distinct=True,
        remarks=tabular.bound_remarks,
    ),
}
# What inputs of these names are, unless NAME:KIND says otherwise; a last _a, _2 or the like does not count.
_USUAL = {
    "smiles": "smiles", "drug": "smiles", "molecule": "smiles", "compound": "smiles", "ligand": "smiles",
    "protein": "sequence", "sequence": "sequence", "enzyme": "sequence",
    "image": "image", "scan": "image",
    "record": "record", "events": "record",
    "signal": "signal", "sound": "signal", "ecg": "signal",
    "table": "table", "patient": "table",
}  # fmt: skip
_TOLD = re.compile(r"(?P<name>[A-Za-z]\w*)(?::(?P<kind>\w+))?=(?P<source>.+)")
_NUMBERED = re.compile(r"_?(?:[ab]|\d+)$")


@dataclass(frozen=True)
class Input:
    """One input: its kind, where its cells stand (see `molkit.pipeline.cells`), and the options of its reader."""

    name: str
    kind: str
    source: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def molecules(column: str) -> tuple[Input, ...]:
    """The one input of a model of molecules."""
    return (Input("drug", "smiles", column),)


def read_inputs(texts: Sequence[str]) -> tuple[Input, ...]:
    """Inputs as they are told, NAME=SOURCE or NAME:KIND=SOURCE; raises InputError.

    >>> [(one.name, one.kind) for one in read_inputs(["drug_a=smiles_1", "target:smiles=smiles_2"])]
    [('drug_a', 'smiles'), ('target', 'smiles')]
    """
    found = [_read_input(text) for text in texts]
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise InputError(f"--input: {', '.join(names)}: an input is named twice")
    return tuple(found)


def _read_input(text: str) -> Input:
    told = _TOLD.fullmatch(text.strip())
    if told is None:
        raise InputError(f"--input {text!r}: expected NAME=COLUMN or NAME:KIND=COLUMN, such as protein=sequence")
    name, kind = told["name"], told["kind"] or _USUAL.get(_NUMBERED.sub("", told["name"].lower()))
    if kind is None:
        raise InputError(f"--input {text!r}: say what {name} is, {name}:KIND=COLUMN, with one of {', '.join(KINDS)}")
    if kind not in KINDS:
        raise InputError(f"--input {text!r}: there is no kind {kind!r}{name_hint(kind, KINDS)}")
    return Input(name, kind, told["source"].strip())


def kinds_of(inputs: Sequence[Input]) -> dict[str, str]:
    """The kind of each, by name."""
    return {one.name: one.kind for one in inputs}


def of_molecules(inputs: Sequence[Input]) -> bool:
    """Whether a row is one molecule."""
    return [one.kind for one in inputs] == ["smiles"]


def main_input(inputs: Sequence[Input]) -> Input:
    """The input that names a row: the first of molecules, else the first."""
    return next((one for one in inputs if one.kind == "smiles"), inputs[0])


def noun_of(inputs: Sequence[Input]) -> str:
    """What a row of a model is called, in the singular: the only place that decides it.

    >>> noun_of(read_inputs(["drug=smiles", "protein=sequence"])), noun_of(read_inputs(["scan=path"]))
    ('pair', 'image')
    """
    return KINDS[inputs[0].kind].noun if len(inputs) == 1 else "pair" if len(inputs) == 2 else "row"


def seconds_per_row(inputs: Sequence[Input], seconds: float) -> float:
    """How long one row may take to read, where one of molecules may take `seconds`."""
    return max([seconds, *(KINDS[one.kind].seconds for one in inputs)])


def called(inputs: Sequence[Input]) -> str:
    """What a row holds, for sentences about it: the structure of a compound, else what the row itself is called."""
    noun = noun_of(inputs) if inputs else KINDS["smiles"].noun
    return "structure" if noun == KINDS["smiles"].noun else noun


def keeps_rows(inputs: Sequence[Input]) -> bool:
    """Whether a model file may hold what was learned from."""
    return not any(KINDS[one.kind].private for one in inputs)


def explained(inputs: Sequence[Input]) -> Input | None:
    """The one input of a model whose values can be changed one by one, to see what drives a prediction."""
    one = inputs[0]
    return one if len(inputs) == 1 and hasattr(KINDS[one.kind].reader, "variables") else None


def alike(inputs: Sequence[Input] | Mapping[str, str]) -> tuple[str, ...]:
    """The names of the two inputs of one kind, whose order means nothing; none if there are none.

    `inputs` may be the kinds by name. Three inputs of one kind are three different things.

    >>> alike(read_inputs(["drug_a=x", "drug_b=y", "protein=z"])), alike({"drug": "smiles", "protein": "sequence"})
    (('drug_a', 'drug_b'), ())
    """
    kinds = inputs if isinstance(inputs, Mapping) else kinds_of(inputs)
    for kind in dict.fromkeys(kinds.values()):
        names = tuple(name for name, own in kinds.items() if own == kind)
        if len(names) == 2:
            return names
    return ()


def alike_places(inputs: Sequence[Input]) -> tuple[int, ...]:
    """The places of those two among the inputs, from 0."""
    pair = alike(inputs)
    return tuple(place for place, one in enumerate(inputs) if one.name in pair)


def broken_down(inputs: Sequence[Input]) -> list[Input]:
    """The inputs within each thing of which scores are told: of several, those whose things stand in many rows."""
    pair = alike(inputs)
    return [one for one in inputs if len(inputs) > 1 and one.name not in pair and not KINDS[one.kind].distinct]


def inputs_to_dict(inputs: Sequence[Input]) -> dict[str, Any]:
    """Plain values, for JSON."""
    return {one.name: {key: value for key, value in asdict(one).items() if key != "name"} for one in inputs}


def inputs_from_dict(values: Mapping[str, Any]) -> tuple[Input, ...]:
    """What `inputs_to_dict` holds; files of molkit 0.1 and before say the kind of the one input alone."""
    return tuple(
        Input(name, one) if isinstance(one, str) else Input(name, **one) for name, one in values.items()
    )  # fmt: skip


def feature_options(one: Input) -> dict[str, dict[str, Any]]:
    """Options that the featurizers of an input need because of how it is read, by feature."""
    kind = KINDS[one.kind]
    return {} if kind.reader is None else getattr(kind.reader(**one.options), "feature_options", {})


def sketch_key(one: Input) -> str | None:
    """Key of the feature that tells how similar two things are."""
    sketch = KINDS[one.kind].sketch
    return None if sketch is None else f"{one.name}/{sketch}"


def sketch_bits(one: Input, values: Values) -> np.ndarray:
    """Packed bits, uint8 [n, bytes], of the values of that feature."""
    array = np.asarray(values)
    return packed_bits(array) if one.kind == "smiles" else array
