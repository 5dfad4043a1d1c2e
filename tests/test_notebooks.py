"""The notebooks run from top to bottom without a warning, and are stored without outputs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_SECONDS = 300


def test_they_are_three_and_numbered() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == ["01_", "02_", "03_"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs_and_places(path: Path) -> None:
    book = nbformat.read(path, 4)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
    assert book.cells[0].source.startswith(f"# {int(path.name[:2])}. ")
    for cell in book.cells:
        assert cell.cell_type == "markdown" or (cell.execution_count, cell.outputs) == (None, [])
        assert not re.search(r"(?<![\w.:/])/(home|tmp|root|work|Users)\b|[A-Z]:\\\\", cell.source)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("scratch")))  # a kernel that is ended leaves its files
    book = nbformat.read(path, 4)
    client = NotebookClient(book, timeout=MOST_SECONDS, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()  # raises CellExecutionError with the traceback of a cell that fails
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    assert not list(tmp_path.iterdir())
