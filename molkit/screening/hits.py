"""The best rows as a chemist sees them: their own columns, predictions, flags and nearest actives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from molkit.chem.molblock import is_mol_block
from molkit.chem.policy import Policy
from molkit.data.formats import cell_text
from molkit.data.table import Source, Table
from molkit.data.write import clash_names
from molkit.engine.columns import DEFAULT_GROUPS, DRAWN
from molkit.engine.flags import FLAGS, PICTURE
from molkit.engine.jobs import cell_chunks
from molkit.pipeline.cells import Rows
from molkit.pipeline.packing import flag_pool
from molkit.pipeline.scoring import Scoring
from molkit.pipeline.stream import score_values
from molkit.screening.reference import Reference, nearest_columns, outlines
from molkit.screening.shortlist import Candidate, Cell

PLACES = ("rank", "score", "library_row")
SAME = "same_as_rank"
_FLAG_CHUNK = 50  # flags take long enough that small chunks keep all workers busy


@dataclass(frozen=True)
class Hits:
    """Columns by their final names, and beside them a drawing (SVG) and a mol block of each hit.

    `shown` are those of the columns that a person wants to see, `aside` those of them that matter least, `flags`
    those that set a hit off, `renamed` says which names were taken.
    """

    columns: dict[str, list[Any]]
    drawings: list[str | None]
    blocks: list[str]
    shown: tuple[str, ...]
    aside: tuple[str, ...]
    flags: tuple[str, ...]
    renamed: tuple[str, ...]
    counts: dict[str, int]  # of hits to look at twice, by what they have in common


def describe_hits(
    hits: Sequence[Candidate],
    source: Source,
    rows: Rows,
    scoring: Scoring,
    policy: Policy,
    patterns: Sequence[tuple[str, str]],
    reference: Reference | None,
    workers: int,
) -> Hits:
    """A second look at the rows that were chosen, in their order; `rows` is what the models read of the library.

    The decisive numbers stay those of the first look; the other default columns of a prediction are added.
    """
    texts = structure_cells(hits, source)
    cells = {name: [hit.cells[place] for hit in hits] for place, name in enumerate(source.names)}
    predicted = _predictions(hits, rows.chunk(Table(source.names, cells)).texts, scoring, workers)
    statuses = predicted.pop("status")  # of the second look; only rows that were ok are chosen
    flags = _flags(texts, policy, patterns, workers)
    new: dict[str, list[Any]] = {
        "rank": list(range(1, len(hits) + 1)),
        "score": [hit.score for hit in hits],
        "library_row": [hit.row for hit in hits],
        **predicted,
        **{name: flags[name] for name in FLAGS},
        SAME: same_as(flags["inchikey"]),
    }
    if reference is not None:
        new |= nearest_columns(reference, outlines(texts, policy, workers).bits)
    columns, final = _beside_library(hits, source, new)
    hidden = {source.smiles, final["inchikey"]}
    return Hits(
        columns,
        flags[PICTURE],
        [text if is_mol_block(text) else block or "" for text, block in zip(texts, flags[DRAWN], strict=True)],
        tuple(name for name in columns if name not in hidden),
        tuple(final[name] for name in aside_names(predicted)),
        tuple(final[name] for name in FLAGS if name != "inchikey"),
        tuple(f"Column {old!r} was in the library already; the new one is {name!r}."
              for old, name in final.items() if old != name),
        _counts(predicted, flags, new[SAME], statuses, final),
    )  # fmt: skip


def _beside_library(
    hits: Sequence[Candidate], source: Source, new: dict[str, list[Any]]
) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """The library's columns after those of `PLACES` and before the other new ones, and the names of the new ones."""
    kept = source.kept
    final = clash_names(kept, list(new))
    columns = {final[name]: new[name] for name in PLACES}
    columns |= {name: _one_type([hit.cells[source.names.index(name)] for hit in hits]) for name in kept}
    return columns | {final[name]: values for name, values in new.items() if name not in PLACES}, final


def _one_type(cells: list[Cell]) -> list[Cell]:
    """Cells as they are, all as texts where some are: a column has one type in some formats."""
    if not any(isinstance(cell, str) for cell in cells):
        return cells
    return [cell if cell is None else cell_text(cell) for cell in cells]


def _counts(
    predicted: dict[str, list[Any]],
    flags: dict[str, list[Any]],
    same: Sequence[int | None],
    statuses: Sequence[str],
    final: dict[str, str],
) -> dict[str, int]:
    outside = {final[name]: values.count("out") for name, values in predicted.items() if name.endswith("in_domain")}
    return {
        **{f"outside the chemistry that the model has seen ({name} = out)": n for name, n in outside.items()},
        f"that are the same compound as an earlier one ({final[SAME]})": sum(rank is not None for rank in same),
        f"with a flag that could not be computed ({final['flags_note']})": sum(
            note is not None for note in flags["flags_note"]
        ),
        "without a prediction when they were looked at again": sum(status != "ok" for status in statuses),
    }


def structure_cells(hits: Sequence[Candidate], source: Source) -> list[str]:
    """The structure of each hit as it stands in the library."""
    place = source.names.index(source.smiles or "")
    return [cell_text(hit.cells[place]) for hit in hits]


def _predictions(
    hits: Sequence[Candidate], texts: Sequence[Any], scoring: Scoring, workers: int
) -> dict[str, list[Any]]:
    """All default columns of the predictions, and "status"."""
    with scoring.pool(workers, len(texts)) as pool:
        found = score_values(pool, texts, [*scoring.names])
    for name in hits[0].predicted if hits else ():
        found[name] = [hit.predicted[name] for hit in hits]
    found.pop("reason", None)  # rows that give no prediction are no hits
    return found


def default_scoring(scoring: Scoring) -> Scoring:
    """The same models with the columns that a prediction has by default."""
    return Scoring(scoring.models, DEFAULT_GROUPS, scoring.exact)


def _flags(
    texts: Sequence[str], policy: Policy, patterns: Sequence[tuple[str, str]], workers: int
) -> dict[str, list[Any]]:
    names = (*FLAGS, PICTURE, DRAWN)
    columns: dict[str, list[Any]] = {name: [] for name in names}
    with flag_pool(policy, workers, -(-len(texts) // _FLAG_CHUNK), patterns) as pool:
        for found in pool.map(cell_chunks(list(texts), {}, _FLAG_CHUNK)):
            for name in names:
                columns[name] += found[name]
    return columns


def aside_names(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the columns of a prediction that matter least to a person."""
    return tuple(name for name in names if name in ("note", "smiles_std") or "nearest_train" in name)


def same_as(keys: Sequence[str | None]) -> list[int | None]:
    """For each hit, the rank of the first one with the same InChIKey, if that is an earlier one.

    >>> same_as(["A", "B", None, "A", None])
    [None, None, None, 1, None]
    """
    first: dict[str, int] = {}
    ranks = [first.setdefault(key, rank) if key else rank for rank, key in enumerate(keys, 1)]
    return [rank if rank < own else None for own, rank in enumerate(ranks, 1)]
