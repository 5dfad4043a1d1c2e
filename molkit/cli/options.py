"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("-o", "--out", help="The file to write.")]
OptionalOut = Annotated[Path | None, typer.Option("-o", "--out", help="The file to write.")]
Smiles = Annotated[
    str | None, typer.Option("-s", "--smiles-column", help="The structure column, if looking does not find it.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Exact = Annotated[
    bool, typer.Option("--exact", help="Single precision and all stereoisomers, whatever the model's check allows.")
]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Worker processes; 0 means one per processor.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Mixtures = Annotated[
    str, typer.Option("--mixtures", help="Several organic fragments: reject the row, or take the largest.")
]
