"""The endpoints of the profile: what is predicted, in which unit, and which values are welcome.

Columns are named as in Therapeutics Data Commons (Huang et al., NeurIPS Datasets and Benchmarks 2021), whose
ADMET group the measured values come from. Limits of numbers are the optimal ranges of ADMETlab 2.0 (Xiong et al.,
Nucleic Acids Res. 2021, 49, W5), of solubility its lower end. An endpoint that has none there, or whose good side
depends on the project, has none here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molkit.errors import InputError, name_hint

MODELS = Path(__file__).with_name("models")


@dataclass(frozen=True)
class Endpoint:
    """One endpoint; `unit` is that of its data card.

    `classes` are the words of the two classes (none for a number), the positive one last. Of `welcome` the ends are the
    lowest and the highest value that is welcome (for classes the probability is below or above a half); None where
    there is no limit, and where neither side is better at all, `welcome` is None.
    """

    name: str
    title: str
    section: str
    unit: str = ""
    classes: tuple[str, str] | None = None
    welcome: tuple[float | None, float | None] | None = None
    most: float | None = None  # there are no values below 0 or above this

    @property
    def card(self) -> str:
        """Name of the data card of the measured values."""
        return f"tdc_admet/{self.name.lower()}"

    @property
    def model(self) -> Path:
        """The shipped model file."""
        return MODELS / f"{self.name}.molkit"

    @property
    def kind(self) -> str:
        """As in `molkit.types.Target`."""
        return "binary" if self.classes else "regression"


_GOOD, _BAD = (0.5, None), (None, 0.5)  # the positive class is welcome, or is not


def _classes(
    name: str,
    title: str,
    section: str,
    no: str,
    yes: str,
    welcome: tuple[float | None, float | None] | None = None,
) -> Endpoint:
    return Endpoint(name, title, section, "probability", (no, yes), welcome)


_A, _D, _M, _E, _T = "Absorption", "Distribution", "Metabolism", "Excretion", "Toxicity"
_LISTED = (
    Endpoint("Caco2_Wang", "Caco-2 permeability", _A, "log cm/s", welcome=(-5.15, None)),
    _classes("HIA_Hou", "Human intestinal absorption", _A, "poorly absorbed", "absorbed", _GOOD),
    _classes("Pgp_Broccatelli", "P-glycoprotein inhibition", _A, "no inhibitor", "inhibitor", _BAD),
    _classes("Bioavailability_Ma", "Oral bioavailability", _A, "low", "sufficient", _GOOD),
    Endpoint("Lipophilicity_AstraZeneca", "Lipophilicity (log D at pH 7.4)", _A, "logD", welcome=(1.0, 3.0)),
    Endpoint("Solubility_AqSolDB", "Aqueous solubility", _A, "log mol/L", welcome=(-4.0, None)),
    _classes("BBB_Martins", "Blood-brain barrier penetration", _D, "stays out", "penetrates"),
    Endpoint("PPBR_AZ", "Plasma protein binding", _D, "%", most=100.0),
    Endpoint("VDss_Lombardo", "Volume of distribution at steady state", _D, "L/kg", welcome=(0.04, 20.0)),
    _classes("CYP2C9_Veith", "CYP2C9 inhibition", _M, "no inhibitor", "inhibitor", _BAD),
    _classes("CYP2D6_Veith", "CYP2D6 inhibition", _M, "no inhibitor", "inhibitor", _BAD),
    _classes("CYP3A4_Veith", "CYP3A4 inhibition", _M, "no inhibitor", "inhibitor", _BAD),
    _classes("CYP2C9_Substrate_CarbonMangels", "CYP2C9 substrate", _M, "no substrate", "substrate"),
    _classes("CYP2D6_Substrate_CarbonMangels", "CYP2D6 substrate", _M, "no substrate", "substrate"),
    _classes("CYP3A4_Substrate_CarbonMangels", "CYP3A4 substrate", _M, "no substrate", "substrate"),
    Endpoint("Half_Life_Obach", "Half-life in humans", _E, "h"),
    Endpoint("Clearance_Hepatocyte_AZ", "Intrinsic clearance, hepatocytes", _E, "uL/min/1e6 cells"),
    Endpoint("Clearance_Microsome_AZ", "Intrinsic clearance, liver microsomes", _E, "mL/min/g"),
    Endpoint("LD50_Zhu", "Acute oral toxicity in rats (LD50)", _T, "log(1/(mol/kg))"),
    _classes("hERG", "hERG channel block", _T, "no blocker", "blocker", _BAD),
    _classes("AMES", "Mutagenicity (Ames test)", _T, "not mutagenic", "mutagenic", _BAD),
    _classes("DILI", "Drug-induced liver injury", _T, "of no concern", "of concern", _BAD),
)
ENDPOINTS: dict[str, Endpoint] = {endpoint.name: endpoint for endpoint in _LISTED}
SECTIONS = tuple(dict.fromkeys(endpoint.section for endpoint in _LISTED))


def choose_endpoints(names: str | Sequence[str] | None) -> tuple[Endpoint, ...]:
    """Endpoints by name, or all of a section, in the order of the profile; all where nothing is named.

    Upper and lower case are one. Raises InputError for an unknown name.

    >>> [endpoint.name for endpoint in choose_endpoints("herg,Excretion")][-2:]
    ['Clearance_Microsome_AZ', 'hERG']
    """
    if names is None:
        return _LISTED
    asked = [part.strip() for part in (names.split(",") if isinstance(names, str) else map(str, names))]
    asked = [name for name in asked if name] or asked
    known = {text.lower(): text for text in (*ENDPOINTS, *SECTIONS)}
    unknown = [name for name in asked if name.lower() not in known]
    if unknown or not asked:
        name = unknown[0] if unknown else ""
        raise InputError(f"--endpoints: there is no endpoint {name!r}{name_hint(name, known.values())}")
    wanted = {known[name.lower()] for name in asked}
    return tuple(endpoint for endpoint in _LISTED if wanted & {endpoint.name, endpoint.section})


def verdict(endpoint: Endpoint, cells: Mapping[str, Any]) -> str:
    """Whether a value is "welcome" or "unwelcome" for certain, "" where its interval or domain leaves that open.

    `cells` are `value`, `low` and `high` of a number or `set` of classes (see `molkit.profile.chunk`), and `in_domain`.
    """
    if endpoint.welcome is None or cells.get("in_domain") == "out":
        return ""
    lowest, highest = endpoint.welcome
    low, high = _surely(endpoint, cells)
    if low is None or high is None:
        return ""
    if (lowest is None or lowest <= low) and (highest is None or high <= highest):
        return "welcome"
    return "unwelcome" if (lowest is not None and high < lowest) or (highest is not None and low > highest) else ""


def _surely(endpoint: Endpoint, cells: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Between what the value lies: the ends of its interval, or the one class that is left, as 0 or 1.

    A class whose own probability is below a half is not certain, though a threshold may call it.
    """
    if not endpoint.classes:
        return cells.get("low"), cells.get("high")
    named, value = cells.get("set"), cells.get("value")
    if named not in endpoint.classes or value is None:
        return None, None
    code = float(endpoint.classes.index(named))
    return (code, code) if (value >= 0.5) == bool(code) else (None, None)
