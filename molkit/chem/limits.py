"""How large a structure may be, judged from its text before RDKit sees it.

RDKit 2026.09 hangs on 5,000 ring bonds open at once and dies on one ring of 20,000 atoms; both are
recognised here in time linear in the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from molkit.chem.tokens import TOKEN, is_hydrogen
from molkit.types import Problem


@dataclass(frozen=True)
class Limits:
    """Limits of one structure; `seconds` and `memory_mb` are for the worker pool to enforce.

    `open_rings` counts ring bonds open at the same time, `nesting` the depth of branches.
    """

    characters: int = 5000
    heavy_atoms: int = 1000
    rings: int = 250
    open_rings: int = 99
    components: int = 50
    nesting: int = 250
    seconds: float = 3.0
    memory_mb: int = 1024

    @cached_property
    def harmless_length(self) -> int:
        """A text up to this long, without `.` and `%`, cannot exceed any limit.

        One atom, one branch or half a ring bond takes at least one character, and single digits
        keep at most ten ring bonds open.
        """
        if self.open_rings < 10:
            return 0
        return min(self.characters, self.heavy_atoms, 2 * self.rings, self.nesting)


def over_limits(text: str, limits: Limits) -> Problem | None:
    """Says which limit a SMILES text exceeds, or None; never raises."""
    if len(text) > limits.characters:
        return _too_large(f"The text has {len(text):,} characters", limits.characters)
    if text.count(".") >= limits.components:
        return _too_large(f"The structure has {text.count('.') + 1:,} components", limits.components)
    if len(text) <= limits.harmless_length and "%" not in text:
        return None
    return _count(text, limits)


def _count(text: str, limits: Limits) -> Problem | None:
    atoms = depth = closed = 0
    open_rings: set[str] = set()
    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "atom" or (kind == "bracket" and not is_hydrogen(token)):
            atoms += 1
        elif kind == "open":
            depth += 1
            if depth > limits.nesting:
                return _too_large("Branches are nested more deeply", limits.nesting, match.start())
        elif kind == "close":
            depth -= 1
        elif kind == "ring":
            number = token.strip("%()").lstrip("0")
            if number not in open_rings:
                open_rings.add(number)
                if len(open_rings) > limits.open_rings:
                    return _too_large("More ring bonds are open at once", limits.open_rings, match.start())
            else:
                open_rings.remove(number)
                closed += 1
    if atoms > limits.heavy_atoms:
        return _too_large(f"The structure has {atoms:,} heavy atoms", limits.heavy_atoms)
    if closed > limits.rings:
        return _too_large(f"The structure has {closed:,} rings", limits.rings)
    return None


def _too_large(what: str, limit: int, start: int | None = None) -> Problem:
    """The sentence for one exceeded limit."""
    position = None if start is None else start + 1
    return Problem("too_large", f"{what}; the limit is {limit:,}.", position)
