"""What do autoencoders write, beside a character network of equal time and molecules with one more carbon?

    python scripts/bench_generation.py LIBRARY WORK --encoder selfies=A.molkit --encoder smiles=B.molkit -o OUT.jsonl

The encoders were trained by `molkit autoencode LIBRARY --minutes 30`; their training molecules are told by the hashes
in the first one's file, which all methods share, the others of the library are held out. The character network is a
GRU of 512 units on the tokens of canonical SMILES, trained here for as much processor time; "add a carbon" puts one on
a random atom of a training molecule that has a hydrogen (Renz et al., Drug Discov. Today Technol. 2019, 32, 55). Each
writes 10,000 molecules. Shares: `valid` can be read and standardised; `passes` are those without an alert of PAINS
and with an SA score of at most 4.5 among all written, `no alert` without one of PAINS, Brenk and NIH; `unique` among
valid, `new` among unique. Of unique valid ones: `logP`, `MW`, `QED`, `SA`, `TPSA` are Wasserstein distances to 10,000
held-out molecules in standard deviations of these; `nearest` the mean similarity to the nearest held-out one,
`scaffolds` the cosine of scaffold counts, `diversity` 1 - mean similarity of pairs (Polykovskiy et al., Front.
Pharmacol. 2020, 11, 565644). `exact` is the share of held-out molecules that come back greedily from their posterior
mean.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from resumable import kept_arrays, run_missing
from scipy.stats import wasserstein_distance
from torch import Tensor, nn
from torch.nn import functional

from molkit.chem.accessibility import synthetic_accessibility
from molkit.chem.alerts import ALL_CATALOGUES, alerts
from molkit.chem.drug_likeness import qed
from molkit.chem.policy import Policy
from molkit.chem.scaffold import scaffold
from molkit.config import RunConfig
from molkit.data.batching import take_steps
from molkit.data.library import open_library
from molkit.data.table import read_table
from molkit.domain import SimilarityIndex
from molkit.features import FingerprintFeaturizer, packed_bits
from molkit.features.inputs import molecules
from molkit.features.tokens import VOCABULARY
from molkit.generation.writer import Writer, open_writer
from molkit.learners.autoencoder import epoch_batches
from molkit.nn.token_autoencoder import LONGEST, SmilesAutoencoder
from molkit.pipeline.known import structure_hashes
from molkit.pipeline.samples import read_samples
from molkit.pipeline.written import standardised
from molkit.training.fit import FitOptions, fit
from molkit.training.precision import reduced_precision
from molkit.types import Steps

WRITTEN = 10_000
PROPERTIES: dict[str, Callable[[Chem.Mol], float]] = {
    "logP": rdMolDescriptors.CalcCrippenDescriptors,
    "MW": rdMolDescriptors.CalcExactMolWt,
    "QED": qed,
    "SA": synthetic_accessibility,
    "TPSA": rdMolDescriptors.CalcTPSA,
}
NAMES = ("character network", "add a carbon")


class CharacterNetwork(nn.Module):
    """A GRU that writes tokens one after the other, and nothing else."""

    def __init__(self, hidden: int = 512) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), hidden // 4)
        self.layer = nn.GRU(hidden // 4, hidden)
        self.output = nn.Linear(hidden, len(VOCABULARY))

    def loss(self, previous: Tensor, wanted: Tensor) -> Tensor:
        """Mean over samples of the negative log likelihood, nats."""
        states, _ = self.layer(self.embedding(previous))
        logits = self.output(states.flatten(0, 1)).float()
        return functional.cross_entropy(logits, wanted.flatten(), ignore_index=-1, reduction="sum") / wanted.shape[1]

    @torch.inference_mode()
    def draw(self, count: int, generator: torch.Generator) -> list[str]:
        """So many texts."""
        token, state, written = torch.zeros(count, dtype=torch.long), None, []
        for _ in range(LONGEST):
            states, state = self.layer(self.embedding(token)[None], state)
            token = torch.multinomial(torch.softmax(self.output(states[0]), dim=1), 1, generator=generator)[:, 0]
            written.append(token)
        rows = torch.stack(written, dim=1).tolist()
        return ["".join(VOCABULARY[one] for one in row[: row.index(0) if 0 in row else LONGEST]) for row in rows]


def trained_network(steps: Steps, minutes: float, path: Path) -> CharacterNetwork:
    """The character network after `minutes` on two cores, kept at `path`."""
    torch.manual_seed(0)
    model, rng = CharacterNetwork(), np.random.default_rng(0)
    reader = SmilesAutoencoder(latent=1, width=2, hidden=4)  # makes its batches
    started = time.process_time()

    def batches() -> list[list[Any]]:
        found = epoch_batches(steps, 128, rng)
        pairs = [found[at : at + 2] for at in range(0, len(found), 2)]
        return [[take_steps(steps, rows) for rows in pairs[place]] for place in rng.permutation(len(pairs))[:200]]

    def loss(module: Any, part: Steps) -> Tensor:
        batch = reader.batch(part)
        with reduced_precision():
            return module.loss(batch.previous, batch.wanted)

    def train() -> dict[str, np.ndarray]:
        options = FitOptions(epochs=10**6, learning_rate=2e-3, last_rate=2e-4, warmup_epochs=10**4, gradient_norm=5.0)
        fit(model, batches, loss, options, share=lambda: (time.process_time() - started) / (120 * minutes), threads=2)
        return {name: value.numpy() for name, value in model.state_dict().items()}

    model.load_state_dict({name: torch.from_numpy(value) for name, value in kept_arrays(path, train).items()})
    return model.eval()


def read_library(path: Path, work: Path) -> tuple[list[str], Steps]:
    """The distinct standardised structures of a library and their SMILES tokens."""

    def read() -> dict[str, np.ndarray]:
        source = open_library(path)
        table = read_table(source)
        samples = read_samples({"drug": table.columns[source.smiles or ""]}, table.faults, molecules("smiles"),
                               ["drug/tokens"], RunConfig(), 0, lambda *_: None)  # fmt: skip
        first = {one.text: place for place, one in reversed(list(enumerate(samples.identities["drug"])))}
        rows = np.sort(np.array(list(first.values())))
        steps = take_steps(samples.columns["drug/tokens"].values, samples.columns["drug/tokens"].index[rows])
        texts = np.array([samples.identities["drug"][row].text for row in rows])
        return {"texts": texts, "values": steps.values, "offsets": steps.offsets}

    kept = kept_arrays(work / "library.npz", read)
    return kept["texts"].tolist(), Steps(kept["values"], kept["offsets"])


def add_carbon(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Each molecule with a methyl group in place of a random hydrogen."""
    found = []
    for text in texts:
        mol = Chem.RWMol(Chem.MolFromSmiles(text))
        places = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetTotalNumHs() and not atom.GetNoImplicit()]
        if places:
            mol.AddBond(int(rng.choice(places)), mol.AddAtom(Chem.Atom(6)), Chem.BondType.SINGLE)
        found.append(Chem.MolToSmiles(mol))
    return found


def bits_of(texts: Sequence[str]) -> np.ndarray:
    return packed_bits(FingerprintFeaturizer()([Chem.MolFromSmiles(text) for text in texts]))


def described(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Properties of standardised molecules."""
    mols = [Chem.MolFromSmiles(text) for text in texts]
    values = {name: np.array([np.ravel(own(mol))[0] for mol in mols], float) for name, own in PROPERTIES.items()}
    found = [alerts(mol, ALL_CATALOGUES) for mol in mols]
    values["pains"] = np.array([any(one.startswith("PAINS") for one in own) for own in found])
    values["alerts"] = np.array([bool(own) for own in found])
    return values


def scaffold_counts(texts: Sequence[str]) -> Counter[str]:
    return Counter(found for text in texts if (found := scaffold(Chem.MolFromSmiles(text))))


def cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(count * other[key] for key, count in one.items())
    return shared / max((sum(c * c for c in one.values()) * sum(c * c for c in other.values())) ** 0.5, 1e-12)


def measured(texts: Sequence[str], held: Sequence[str], known: Callable[[Sequence[str]], np.ndarray]) -> dict[str, Any]:
    """The figures of what a method wrote."""
    valid = [smiles for smiles in standardised(texts, Policy()) if smiles is not None]
    unique = list(dict.fromkeys(valid))
    own, other = described(unique), reference(tuple(held))
    rng = np.random.default_rng(0)
    bits = bits_of(unique)
    some = bits[rng.permutation(len(bits))[:2000]]
    similarity = SimilarityIndex(some).similarity(some)
    passes = ~own["pains"] & (own["SA"] <= 4.5)
    counts = Counter(valid)
    share = np.array([counts[text] for text in unique])
    return {
        "valid": round(len(valid) / len(texts), 4),
        "passes": round(float(share[passes].sum()) / len(texts), 4),
        "no alert": round(float(share[~own["alerts"]].sum()) / len(texts), 4),
        "unique": round(len(unique) / max(len(valid), 1), 4),
        "new": round(float(np.mean(~known(unique))), 4),
        **{name: round(wasserstein_distance(own[name], other[name]) / other[name].std(), 3) for name in PROPERTIES},
        "nearest": round(float(held_index(tuple(held)).nearest(bits)[1].mean()), 3),
        "scaffolds": round(cosine(scaffold_counts(unique), held_scaffolds(tuple(held))), 3),
        "diversity": round(1 - (similarity.sum(dtype=float) - len(some)) / (len(some) ** 2 - len(some)), 3),
    }


reference = cache(described)
held_scaffolds = cache(scaffold_counts)


@cache
def held_index(held: tuple[str, ...]) -> SimilarityIndex:
    return SimilarityIndex(bits_of(held))


def exact(writer: Writer, held: Sequence[str]) -> dict[str, Any]:
    """How many held-out molecules come back."""
    vectors, readable = writer.vectors(held)
    kept = np.flatnonzero(readable)
    came = standardised(writer.texts(vectors[kept]), Policy())
    same = sum(new == held[place] for new, place in zip(came, kept, strict=True))
    return {"exact": round(same / len(held), 4)}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--encoder", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--minutes", type=float, default=30.0, help="of the character network, on two cores")
    parser.add_argument("--methods", help="some of them, by comma")
    parser.add_argument("-o", "--out", type=Path)
    given = parser.parse_args(argv)
    given.work.mkdir(parents=True, exist_ok=True)
    writers = {name: open_writer(path) for name, path in (text.split("=", 1) for text in given.encoder)}
    known = next(iter(writers.values())).trained_on
    texts, steps = read_library(given.library, given.work)
    trained = np.isin(structure_hashes(texts), next(iter(writers.values())).known)
    held = [texts[row] for row in np.flatnonzero(~trained)[:WRITTEN]]
    train = np.flatnonzero(trained)
    rng = np.random.default_rng(0)

    def run(setting: dict[str, Any]) -> dict[str, Any]:
        name = setting["method"]
        if name in writers:
            written = writers[name].texts(writers[name].density.draw(WRITTEN, np.random.default_rng(0)))
            return measured(written, held, known) | exact(writers[name], held)
        if name == "add a carbon":
            return measured(
                add_carbon([texts[row] for row in rng.choice(train, WRITTEN, replace=False)], rng), held, known
            )
        if name == "held out":
            others = [texts[row] for row in np.flatnonzero(~trained)[WRITTEN : 2 * WRITTEN]]
            return measured(others, held, known)
        model = trained_network(take_steps(steps, train), given.minutes, given.work / "characters.npz")
        generator = torch.Generator().manual_seed(0)
        return measured([text for _ in range(WRITTEN // 500) for text in model.draw(500, generator)], held, known)

    methods = given.methods.split(",") if given.methods else [*writers, *NAMES]
    run_missing(given.out, ({"method": name} for name in methods), run)


if __name__ == "__main__":
    main()
