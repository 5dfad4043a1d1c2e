"""Builds the cells of nasty_smiles.txt; standard library only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path

Edges = list[tuple[int, int]]


@dataclass(frozen=True)
class NastyLine:
    """One cell: `rdkit` is yes, no, TIMEOUT20s or CRASH, as bare RDKit 2026.09 treats it."""

    id: str
    category: str
    rdkit: str
    cell: str


def load() -> list[NastyLine]:
    """All lines of the corpus, with their cells built."""
    path = Path(__file__).with_name("nasty_smiles.txt")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return [NastyLine(name, category, rdkit, _cell(json.loads(cell))) for name, category, rdkit, cell in rows]


def _cell(spec: str | dict) -> str:
    return spec if isinstance(spec, str) else GENERATORS[spec["gen"]](*spec["args"])


def repeat(unit: str, times: int, head: str = "", tail: str = "") -> str:
    return f"{head}{unit * times}{tail}"


def nested_parens(depth: int) -> str:
    return repeat("C(", depth, "", "C" + ")" * depth)


def nested_parens_open(depth: int) -> str:
    return repeat("C(", depth)


def ring_number(number: int) -> str:
    return str(number) if number < 10 else f"%{number}" if number < 100 else f"%({number})"


def open_rings(number: int, close: bool = True) -> str:
    """`number` ring bonds that are all open before the first one closes."""
    half = "".join("C" + ring_number(i) for i in range(1, number + 1))
    return "C" + half * (2 if close else 1)


def ring(size: int, atom: str = "C", aromatic: bool = False) -> str:
    atom = atom.lower() if aromatic else atom
    return f"{atom}1{atom * (size - 2)}{atom}1"


def components(unit: str, number: int) -> str:
    return ".".join(unit for _ in range(number))


def cyclic_macro(units: int, unit: str) -> str:
    return f"N1{unit * units}1"


def peptide(rounds: int) -> str:
    residues = ("C", "CC(C)C", "CO", "Cc1ccccc1", "CCCCN")
    middle = "".join(f"[C@@H]({residues[i % 5]})C(=O)N" for i in range(rounds))
    return f"N{middle}CC(=O)O"


def stereo_chain(centres: int) -> str:
    return repeat("[C@H](O)", centres, "C", "C")


def para_stereo(rings: int) -> str:
    return repeat("[C@H]1CC[C@@H](CC1)", rings, "C", "C")


def ene_chain(bonds: int) -> str:
    return repeat("/C=C/", bonds, "C", "C")


def cumulene(bonds: int) -> str:
    return repeat("C=", bonds + 1, "", "C")


def dendrimer(generations: int) -> str:
    arm = "CCN"
    for _ in range(generations):
        arm = f"CCN({arm}){arm}"
    return f"N({arm})({arm}){arm}"


def lattice(a: int, b: int, c: int = 1, atom: str = "C") -> str:
    """A block of a x b x c atoms, each bonded to its neighbours along the axes."""
    place = {xyz: i for i, xyz in enumerate(product(range(a), range(b), range(c)))}
    steps = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    edges = [
        (i, place[end])
        for (x, y, z), i in place.items()
        for dx, dy, dz in steps
        if (end := (x + dx, y + dy, z + dz)) in place
    ]
    return from_graph(len(place), edges, atom)


def complete(atoms: int, atom: str = "C") -> str:
    return from_graph(atoms, [(i, j) for j in range(atoms) for i in range(j)], atom)


def prism(corners: int) -> str:
    sides = [(i, (i + 1) % corners) for i in range(corners)]
    lower = [(corners + i, corners + j) for i, j in sides]
    return from_graph(2 * corners, sides + lower + [(i, corners + i) for i in range(corners)])


def moebius(rungs: int) -> str:
    rim = [(i, (i + 1) % (2 * rungs)) for i in range(2 * rungs)]
    return from_graph(2 * rungs, rim + [(i, i + rungs) for i in range(rungs)])


def hexsheet(rows: int, columns: int, atom: str = "c") -> str:
    """A patch of graphene: zigzag chains of carbon, joined at every second atom, without loose ends."""
    width = 2 * columns + 2
    chains = [(r * width + k, r * width + k + 1) for r in range(rows + 1) for k in range(width - 1)]
    rungs = [(r * width + k, (r + 1) * width + k) for r in range(rows) for k in range(r % 2, width, 2)]
    edges = chains + rungs
    while loose := _loose(edges):
        edges = [edge for edge in edges if not loose & set(edge)]
    number = {old: new for new, old in enumerate(sorted({end for edge in edges for end in edge}))}
    return from_graph(len(number), [(number[i], number[j]) for i, j in edges], atom)


def _loose(edges: Edges) -> set[int]:
    ends = [end for edge in edges for end in edge]
    degree = dict.fromkeys(ends, 0)
    for end in ends:
        degree[end] += 1
    return {end for end, bonds in degree.items() if bonds == 1}


def from_graph(atoms: int, edges: Iterable[tuple[int, int]], atom: str = "C") -> str:
    """A SMILES of a connected graph: a depth-first tree, every other edge a ring bond of its own number."""
    neighbours: list[list[int]] = [[] for _ in range(atoms)]
    for i, j in edges:
        neighbours[i].append(j)
        neighbours[j].append(i)
    text = {0: atom}
    used: set[frozenset[int]] = set()
    path, pieces, rings = [0], [(0, 0)], 0  # pieces: depth and atom, in order of writing
    while path:
        here = path[-1]
        there = next((n for n in neighbours[here] if frozenset((here, n)) not in used), None)
        if there is None:
            path.pop()
            continue
        used.add(frozenset((here, there)))
        if there in text:
            rings += 1
            text[here] += ring_number(rings)
            text[there] += ring_number(rings)
        else:
            text[there] = atom
            path.append(there)
            pieces.append((len(path) - 1, there))
    return _with_low_numbers(_with_branches(pieces, text))


def _with_low_numbers(smiles: str) -> str:
    """The same SMILES with ring numbers used again once they are closed."""
    lowest: dict[str, int] = {}

    def renumbered(match: re.Match[str]) -> str:
        if match[0] in lowest:
            return ring_number(lowest.pop(match[0]))
        taken = set(lowest.values())
        lowest[match[0]] = next(number for number in count(1) if number not in taken)
        return ring_number(lowest[match[0]])

    return re.sub(r"%\([0-9]+\)|%[0-9][0-9]|[0-9]", renumbered, smiles)


def _with_branches(pieces: list[tuple[int, int]], text: dict[int, str]) -> str:
    """Writes each child after its parent; only a child that follows another subtree needs a branch."""
    children: dict[int, list[int]] = {}
    at_depth: dict[int, int] = {}
    for depth, atom in pieces:
        if depth:
            children.setdefault(at_depth[depth - 1], []).append(atom)
        at_depth[depth] = atom
    written: list[str] = []
    todo: list[int | str] = [pieces[0][1]]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            written.append(item)
            continue
        written.append(text[item])
        *branches, last = children.get(item, []) or [None]
        if last is not None:
            todo.append(last)
        for branch in reversed(branches):
            todo += [")", branch, "("]
    return "".join(written)


GENERATORS: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (
        repeat,
        nested_parens,
        nested_parens_open,
        open_rings,
        ring,
        components,
        cyclic_macro,
        peptide,
        stereo_chain,
        para_stereo,
        ene_chain,
        cumulene,
        dendrimer,
        lattice,
        complete,
        prism,
        moebius,
        hexsheet,
    )
}
