"""Writes the tables of docs/benchmarks.md from the JSON lines in docs/benchmarks/.

    python scripts/benchmark_tables.py

A table stands between `<!-- NAME.jsonl -->` and `<!-- end -->`; its columns are the keys of the lines.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def table(path: Path) -> str:
    """A Markdown table of the JSON lines of one file."""
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row.get(name, "")) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args(argv)
    page = DOCS / "benchmarks.md"
    text = re.sub(
        r"<!-- (\S+\.jsonl) -->\n.*?<!-- end -->",
        lambda match: f"<!-- {match[1]} -->\n{table(DOCS / 'benchmarks' / match[1])}\n<!-- end -->",
        page.read_text(),
        flags=re.DOTALL,
    )
    page.write_text(text)


if __name__ == "__main__":
    main()
