"""A table in which every kind of defect is planted, with the rows it stands in."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
from rdkit import Chem

CORES = (
    "c1ccc({a})cc1{b}", "c1ccnc({a})c1{b}", "c1ccc2c(c1)c({a})cn2{b}", "O=C(N{b})c1ccc({a})cc1", "C1CCC({a})CC1{b}",
    "c1csc({a})c1{b}", "O=S(=O)(N{b})c1ccc({a})cc1", "c1ccc(-c2ccc({a})cc2)cc1{b}", "C1CN({b})CCN1{a}",
    "c1ccc(OCC{b})c({a})c1",
)  # fmt: skip
GROUPS = ("C", "CC", "OC", "F", "Cl", "C#N", "CCO", "C(F)(F)F", "CCC", "OCC", "C(=O)OC")
COLUMNS = ("name", "smiles", "IC50", "IC50 relation", "IC50 units", "Standard Type", "active", "IC50 predicted", "copy")


def library() -> list[str]:
    """Some hundreds of different readable molecules, made of cores and groups."""
    made = [core.format(a=a, b=b) for core, a, b in itertools.product(CORES, GROUPS, GROUPS)]
    found = {}
    for text in made:
        mol = Chem.MolFromSmiles(text)
        if mol is not None:
            found.setdefault(Chem.MolToSmiles(mol), text)
    return list(found.values())[::3]


def potency(smiles: str, rng: np.random.Generator) -> float:
    """A made -log10 of a molarity that a model could learn: size and hetero atoms, with noise."""
    mol = Chem.MolFromSmiles(smiles)
    hetero = sum(atom.GetAtomicNum() not in (1, 6) for atom in mol.GetAtoms())
    return 4.5 + 0.09 * mol.GetNumAtoms() + 0.25 * hetero + float(rng.normal(0, 0.15))


class Planted:
    """Rows of a table, and by kind of defect the 1-based rows that hold it."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(7)
        self.rows: list[dict[str, object]] = []
        self.where: dict[str, list[int]] = defaultdict(list)

    def add(self, smiles: str, nanomolar: object, kind: str = "", **cells: object) -> None:
        """A row; `kind` is the defect it holds."""
        row: dict[str, object] = {"name": f"cpd {len(self.rows) + 1}", "smiles": smiles, "IC50": nanomolar}
        row |= {"IC50 relation": "=", "IC50 units": "nM", "Standard Type": "IC50", "active": "0"}
        is_number = isinstance(nanomolar, float) and nanomolar > 0
        row["copy"] = 9 - float(np.log10(nanomolar)) if is_number else ""  # type: ignore[arg-type]
        noisy = 10 ** float(self.rng.normal(0, 0.2)) * nanomolar if is_number else ""  # type: ignore[operator]
        row["IC50 predicted"] = noisy
        self.rows.append({**row, **cells})
        if kind:
            self.where[kind].append(len(self.rows))

    def write(self, path: Path) -> Path:
        """The table as a file."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        return path


def planted() -> Planted:
    """The table with all defects."""
    made = Planted()
    compounds = library()
    for place, smiles in enumerate(compounds):
        value = 10 ** (9 - potency(smiles, made.rng))
        made.add(smiles, round(value, 4), active="1" if place % 25 == 0 else "0")
    _structures(made)
    _values(made, compounds)
    return made


def _structures(made: Planted) -> None:
    for text in ("C1CC", "C(C)(C)(C)(C)C", "benzene", ""):
        made.add(text, 100.0, "unreadable")
    made.add("OC(=O)c1ccccc1CCN.Cl", 90.0, "salt")
    made.add("CC(C)Cc1ccc(cc1)C(=O)[O-].[Na+]", 110.0, "salt")
    made.add("CCCCc1ccccc1O.CCCCCCc1ccncc1", 120.0, "mixture")
    made.add("CC[Hg]Cl", 130.0, "metal")
    made.add("CC(O)C(N)c1ccccc1Br", 140.0, "stereo")
    made.add("C[C@H](O)c1ccccc1I", 150.0, "twin")
    made.add("C[C@@H](O)c1ccccc1I", 160.0, "twin")
    made.add("CCCC1=NNC(=O)C1", 170.0, "twin")  # two tautomers with different InChIKeys
    made.add("CCCc1cc(O)n[nH]1", 180.0, "twin")


def _values(made: Planted, compounds: list[str]) -> None:
    base = "Brc1ccc(cc1)C(=O)NCC{0}"
    for smiles, values, kind in (
        (base.format("C1CC1"), (100.0, 120.0), "duplicate"),
        (base.format("C1CCC1"), (100.0, 700.0), "spread"),
        (base.format("C1CCCC1"), (100.0, 7000.0), "spread"),
        (base.format("C1CCCCC1"), (25.0, 25000.0), "thousandfold"),
    ):
        for place, value in enumerate(values):
            text = smiles if place == 0 else Chem.MolToSmiles(Chem.MolFromSmiles(smiles))
            made.add(text, value, kind)
    made.add("Nc1ccc(I)cc1C", 200.0, "conflict", active="1")
    made.add("Cc1cc(I)ccc1N", 200.0, "conflict", active="0")
    for place in range(6):
        made.add(f"Ic1ccc(cc1)OC{'C' * place}", 10000.0, "censored", **{"IC50 relation": ">"})
    for place in range(5):
        made.add(f"Ic1cccc(c1)OC{'C' * place}", 0.3, "mixed_units", **{"IC50 units": "uM"})
    made.add("Ic1cccc(c1)SC", 0.02, "mixed_units", **{"IC50 units": "mg/mL"})
    for place in range(5):
        made.add(f"Ic1ccccc1OC{'C' * place}", 50.0, "mixed_types", **{"Standard Type": "Ki"})
    made.add("Ic1ccccc1SCC", 3e9, "outlier")
    for place in range(2):
        made.add(f"Ic1ccccc1SCCO{'C' * place}", -999.0, "placeholder")
        made.add(f"Ic1ccccc1SCCN{'C' * place}", 0.0, "zero")
    for place in range(30):
        made.add(f"Brc1ccc(OC{'C' * (place % 15)})cc1{'F' if place < 15 else 'Cl'}", 50000.0, "repeated_value")
    made.add("O=C(NCCc1ccccc1)c1ccc(cc1)CCCCCCCCCCN1CCOCC1", 8.0, "cliff")
    made.add("O=C(NCCc1ccccc1)c1ccc(cc1)CCCCCCCCCCCN1CCOCC1", 8000.0, "cliff")
    assert compounds
