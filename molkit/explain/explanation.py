"""Everything that is told of one patient."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from molkit.explain.alike import Alike
from molkit.explain.patient import Driver, Response

NOT_ADVICE = (
    "This is research output, not medical advice: it says how the model behaves, not what causes the outcome or what"
    " to do."
)


@dataclass(frozen=True)
class Explanation:
    """The risk of an outcome and what it is made of.

    `models` are the lowest and the highest risk that fold models of the ensemble give, each with its own training rows;
    `classes` are those that a prediction set at `level` percent does not rule out ("": there is none), `verdict` is
    in, edge or out ("": none).
    """

    patient: str
    row: int  # of the table, from 1
    outcome: str
    risk: float
    models: tuple[float, float]
    classes: str
    level: int
    verdict: str
    drivers: tuple[Driver, ...] = ()
    alike: Alike | None = None
    responses: tuple[Response, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON, with the sentence that it is no advice."""
        return {**asdict(self), "not_advice": NOT_ADVICE}
