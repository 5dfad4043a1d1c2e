"""What a row of an ADMET profile says of an endpoint, in numbers and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from molkit.profile.endpoints import Endpoint, verdict
from molkit.report.roles import number

# Columns of a profile that no model predicts, and what they are called where there is room.
PROPERTIES = {
    "molecular_weight": "Molecular weight (g/mol)",
    "logP": "logP (Crippen)",
    "tpsa": "Polar surface area (Å²)",
    "hydrogen_bond_donors": "Hydrogen-bond donors",
    "hydrogen_bond_acceptors": "Hydrogen-bond acceptors",
    "rotatable_bonds": "Rotatable bonds",
    "rings": "Rings",
    "stereo_centers": "Stereocentres",
    "fraction_sp3": "Fraction of sp³ carbons",
    "formal_charge": "Formal charge",
    "QED": "QED (drug-likeness)",
    "Lipinski": "Lipinski rules met (of 4)",
}
RULES = {
    "lipinski_violated": "Beyond Lipinski's rules",
    "veber_violated": "Beyond Veber's rules",
    "lead_like_violated": "Beyond lead-like bounds",
    "alerts": "Structural alerts",
}
SIGNS = {"welcome": "✓", "unwelcome": "✗", "": ""}
COLOURS = {"welcome": "good", "unwelcome": "bad"}  # classes of the style
OUTSIDE = "?"  # the sign of a value whose compound is out of the domain


@dataclass(frozen=True)
class Estimate:
    """An endpoint's prediction for a row: numbers in the endpoint's unit, None for what is not there.

    `value` is the probability of the positive class for classes; `among` are the classes that cannot be ruled out,
    in words; `percentile` is the share of drugs whose predicted value is lower, in percent.
    """

    value: float | None
    low: float | None
    high: float | None
    among: str
    domain: str
    nearest: str
    similarity: float | None
    measured: str
    percentile: float | None
    verdict: str


def estimate(endpoint: Endpoint, cells: Mapping[str, Any]) -> Estimate:
    """An estimate from the cells of a row by role (see `molkit.profile.columns`), be they values or texts of a file."""
    value, low, high, similarity, percentile, measured = (
        _number(cells.get(role))
        for role in ("value", "low", "high", "nearest_similarity", "percentile", "nearest_value")
    )
    among, domain = (str(cells.get(role) or "") for role in ("set", "in_domain"))
    judged = {"value": value, "low": low, "high": high, "set": among, "in_domain": domain}
    return Estimate(
        value, low, high, among, domain, str(cells.get("nearest_name") or cells.get("nearest") or ""), similarity,
        str(cells.get("nearest_value") or "") if measured is None else number_text(measured),
        percentile, "" if value is None else verdict(endpoint, judged),
    )  # fmt: skip


def _number(value: Any) -> float | None:
    found = number(value)
    return found if math.isfinite(found) else None


def number_text(value: float) -> str:
    """A number with three digits, not in powers of ten where that can be read.

    >>> number_text(3.0), number_text(123.456), number_text(-5.2187), number_text(2e-7)
    ('3.00', '123', '-5.22', '2.00e-07')
    """
    if 999.5 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:#.3g}".removesuffix(".")


def value_text(endpoint: Endpoint, value: float | None) -> str:
    """A predicted value without its unit; "" for none."""
    if value is None:
        return ""
    return f"{value:.2f}" if endpoint.classes else number_text(value)


def signed_value(endpoint: Endpoint, found: Estimate) -> str:
    """The predicted value with the sign of its verdict, or of a compound out of the domain, before it."""
    sign = OUTSIDE if found.domain == "out" else SIGNS[found.verdict]
    return f"{sign} {value_text(endpoint, found.value)}".strip() if found.value is not None else ""


def unit_of(endpoint: Endpoint) -> str:
    """The unit of a predicted number, or what a probability is one of.

    >>> from molkit.profile.endpoints import ENDPOINTS
    >>> unit_of(ENDPOINTS["hERG"]), unit_of(ENDPOINTS["Half_Life_Obach"])
    ('probability: blocker', 'h')
    """
    return f"probability: {endpoint.classes[1]}" if endpoint.classes else endpoint.unit


def spread_text(found: Estimate) -> str:
    """What the prediction leaves open: the interval of a number, or the classes that cannot be ruled out."""
    if found.low is None or found.high is None:
        return found.among
    return f"{number_text(found.low)} to {number_text(found.high)}"


def percent_text(percentile: float | None) -> str:
    """A percentile in whole percent; "" for none."""
    return "" if percentile is None else f"{percentile:.0f} %"


def property_text(value: Any) -> str:
    """A property as it is shown, with four digits if it is a number below 10,000.

    >>> property_text("383.408"), property_text(2), property_text("1e400"), property_text(None)
    ('383.4', '2', '1e400', '')
    """
    found = _number(value)
    if found is None or isinstance(value, bool):
        return "" if value is None else str(value)
    return f"{found:.4g}" if abs(found) < 1e4 else str(value)
