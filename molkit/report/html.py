"""Small HTML pieces for notebooks. Every text is escaped; drawings are paths made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from molkit.report.drawings import draw_smiles, plain_drawing
from molkit.report.escaped import escaped

_MOST_ROWS = 20


def predictions_html(columns: Mapping[str, Sequence[Any]]) -> str:
    """A table of the first rows, with a drawing of each standardised structure."""
    names = [name for name in columns if name != "smiles_std"]
    rows = list(zip(*columns.values(), strict=True))
    places = {name: i for i, name in enumerate(columns)}
    head = "".join(f"<th>{escaped(name)}</th>" for name in ["", *names])
    body = []
    for row in rows[:_MOST_ROWS]:
        smiles = row[places["smiles_std"]] if "smiles_std" in places else None
        cells = "".join(f"<td>{_cell(row[places[name]])}</td>" for name in names)
        body.append(f"<tr><td>{_drawing(smiles)}</td>{cells}</tr>")
    more = f"<p>{len(rows) - _MOST_ROWS} more rows.</p>" if len(rows) > _MOST_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{more}"


def model_html(model: Mapping[str, Any], card: str, examples: Sequence[tuple[str, str]]) -> str:
    """A model's scores, drawings of some training structures (SMILES, caption), and its card."""
    head = "".join(f"<th>{name}</th>" for name in ("target", "method", "score", "value", "95 % interval", "n"))
    rows = "".join(
        f"<tr><td>{escaped(s['target'])}</td><td>{escaped(s['method'])}</td><td>{s['metric']}</td>"
        f"<td>{_cell(s['value'])}</td><td>{_cell(s['low'])} to {_cell(s['high'])}</td><td>{s['n']}</td></tr>"
        for s in model["scores"]
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    drawn = "".join(
        f"<figure style='display:inline-block'>{_drawing(smiles)}<figcaption>{escaped(caption)}</figcaption></figure>"
        for smiles, caption in examples
    )
    return f"{table}<div>{drawn}</div><details><summary>Model card</summary><pre>{escaped(card)}</pre></details>"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return escaped(f"{value:.4g}" if isinstance(value, float) else str(value))


def _drawing(smiles: str | None) -> str:
    return plain_drawing(draw_smiles(smiles, 160, 110))
