"""How varied the compounds are: scaffolds, their shares, and compounds without a ring."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from molkit.audit.compounds import Compounds
from molkit.audit.finding import Finding, counted

_SHOWN = 20


@dataclass(frozen=True)
class Diversity:
    """Murcko scaffolds of m compounds; those without a ring count apart.

    `singletons` is the share of scaffolds with one compound, `largest` the share of ring compounds with the commonest
    scaffold. `entropy` is Shannon's, scaled to 1 for equal shares (Godden & Bajorath, WIREs Comput. Mol. Sci. 2011, 1,
    868); `gini` is 0 for equal shares and near 1 if few scaffolds hold most compounds. NaN where there are no rings.
    """

    compounds: int
    acyclic: int
    scaffolds: int
    singletons: float
    largest: float
    entropy: float
    gini: float


def diversity(scaffolds: tuple[str, ...]) -> Diversity:
    """The figures of scaffolds by compound, "" for those without a ring.

    >>> found = diversity(("c1ccccc1", "c1ccccc1", "C1CC1", ""))
    >>> found.scaffolds, found.acyclic, round(found.largest, 2), round(found.gini, 3)
    (2, 1, 0.67, 0.167)
    """
    sizes = np.array(sorted(Counter(name for name in scaffolds if name).values()), float)
    acyclic = sum(not name for name in scaffolds)
    if not len(sizes):
        return Diversity(len(scaffolds), acyclic, 0, np.nan, np.nan, np.nan, np.nan)
    share = sizes / sizes.sum()
    entropy = float(-(share * np.log(share)).sum() / np.log(len(sizes))) if len(sizes) > 1 else 0.0
    place = np.arange(1, len(sizes) + 1)
    gini = float(((2 * place - len(sizes) - 1) * sizes).sum() / (len(sizes) * sizes.sum()))
    return Diversity(len(scaffolds), acyclic, len(sizes), float(np.mean(sizes == 1)), float(share[-1]), entropy, gini)


def diversity_findings(compounds: Compounds) -> list[Finding]:
    """One finding with the figures, and one if a plain scaffold split would be odd."""
    if not len(compounds):
        return []
    found = diversity(compounds.scaffolds)
    acyclic = found.acyclic / found.compounds
    commonest = Counter(name for name in compounds.scaffolds if name).most_common(_SHOWN)
    rings = (
        f"; {found.singletons:.0%} of these stand alone, and the commonest holds {found.largest:.0%} of the compounds "
        f"with rings (Shannon {found.entropy:.2f}, Gini {found.gini:.2f})"
        if found.scaffolds
        else ""
    )
    findings = [
        Finding(
            "diversity",
            "note",
            "Scaffolds",
            f"{counted(found.compounds, 'compound')} {'has' if found.compounds == 1 else 'have'} "
            f"{counted(found.scaffolds, 'Murcko scaffold')}{rings}; {counted(found.acyclic, 'compound')} "
            f"({acyclic:.0%}) "
            f"{'has' if found.acyclic == 1 else 'have'} no ring.",
            table={"scaffold": [name for name, _ in commonest], "compounds": [count for _, count in commonest]},
        )
    ]
    if acyclic >= 0.2 and found.compounds >= 20:
        findings.append(
            Finding(
                "acyclic",
                "caution",
                "Many compounds without a ring",
                f"{acyclic:.0%} of the compounds have no ring and would be one heap under a plain scaffold split; "
                "molkit's splits cluster them by fingerprint instead.",
            )
        )
    if found.scaffolds and found.largest >= 0.3 and found.compounds >= 20:
        findings.append(
            Finding(
                "one_scaffold",
                "caution",
                "One scaffold dominates",
                f"{found.largest:.0%} of the compounds with rings share the scaffold {commonest[0][0]}: a model learns "
                "most of it, and a test part with other scaffolds says more.",
            )
        )
    return findings
