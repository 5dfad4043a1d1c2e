"""Tables of the shipped ADMET models for docs/benchmarks.md, from the model files and the runs of other seeds.

python scripts/bench_admet.py DATA WORK --methods profile -o RUNS.jsonl
python scripts/admet_tables.py RUNS.jsonl && python scripts/benchmark_tables.py
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from bench_compare import PUBLISHED
from scipy.stats import rankdata

from molkit.bundle import read_bundle
from molkit.data.cards import find_card
from molkit.profile.endpoints import ENDPOINTS

TABLES = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"
TEST = "official test file"
# Mean over seeds 1 to 5 as its authors published them (bioavailability: the public board holds another set's figure).
MAPLIGHT = {
    "caco2_wang": 0.276, "hia_hou": 0.986, "pgp_broccatelli": 0.930, "bioavailability_ma": 0.74,
    "lipophilicity_astrazeneca": 0.539, "solubility_aqsoldb": 0.792, "bbb_martins": 0.916, "ppbr_az": 7.660,
    "vdss_lombardo": 0.707, "half_life_obach": 0.562, "clearance_hepatocyte_az": 0.466,
    "clearance_microsome_az": 0.626,
}  # fmt: skip
OTHERS = {"maplight": MAPLIGHT, **PUBLISHED}


def shown(score: dict[str, Any]) -> str:
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def models() -> Iterator[dict[str, Any]]:
    """A line for each endpoint: its scores on held-out folds and on the official test file."""
    for name, endpoint in ENDPOINTS.items():
        model, metric = read_bundle(endpoint.model).model, find_card(endpoint.card).metric
        own, nearest = (_score(model["scores"], metric, method) for method in ("molkit", "nearest compound"))
        test = model.get("outside", {}).get(TEST)
        outside = _score(test["scores"], metric, "molkit") if test else None
        yield {
            "endpoint": name, "compounds": model["compounds"], "score": metric, "held-out folds": shown(own),
            "nearest compound": shown(nearest), "official test": shown(outside) if outside else "",
            "n": outside["n"] if outside else "", "MB": round(endpoint.model.stat().st_size / 1e6, 2),
        }  # fmt: skip


def _score(scores: list[dict[str, Any]], metric: str, method: str) -> dict[str, Any]:
    return next(score for score in scores if score["metric"] == metric and score["method"] == method)


def trust() -> Iterator[dict[str, Any]]:
    """What intervals, sets and verdicts were worth on the official test files."""
    for name, endpoint in ENDPOINTS.items():
        test = read_bundle(endpoint.model).model.get("outside", {}).get(TEST)
        if not test:
            continue
        told, line = test["trust"], {"endpoint": name}
        covered = told["intervals"][0]["overall"] if told["intervals"] else told["sets"][0]
        line |= {"n": covered["n"], "covered": f"{covered['share']:.1%} [{covered['low']:.1%}, {covered['high']:.1%}]"}
        line["one class only"] = "" if told["intervals"] else f"{told['sets'][0]['single']:.0%}"
        verdicts = {found["verdict"]: found for found in told["domains"][0]["verdicts"]}
        count = sum(found["n"] for found in verdicts.values())
        line |= {f"{verdict}": f"{found['n'] / count:.0%}" for verdict, found in verdicts.items()}
        line |= {f"RMSE {verdict}": f"{found['error']:.3g}" for verdict, found in verdicts.items()}
        ratio = told["domains"][0]["ratio"]
        line["in / out"] = "" if ratio is None else "{:.2f} [{:.2f}, {:.2f}]".format(*ratio)
        yield line


def official(runs: Path) -> Iterator[dict[str, Any]]:
    """Seeds 1 to 5 beside what others published, and the mean ranks where all have a value."""
    found: dict[str, list[tuple[int, float, str]]] = {}
    for line in map(json.loads, runs.open()):
        if line["method"] == "profile":
            found.setdefault(line["set"], []).append((line["seed"], line["value"], line["metric"]))
    ranks: dict[str, list[float]] = {method: [] for method in ("molkit", *OTHERS)}
    for name, seeds in found.items():
        values, metric = np.array([value for _, value, _ in seeds]), seeds[0][2]
        line = {
            "set": name,
            "score": metric,
            "seeds": len(seeds),
            "molkit": f"{values.mean():.3f} ± {values.std(ddof=1):.3f}",
        }
        line |= {method: known.get(name, "") for method, known in OTHERS.items()}
        yield line
        row = [values.mean(), *(known.get(name, np.nan) for known in OTHERS.values())]
        if not np.isnan(row).any():
            placed = rankdata(np.array(row) * (1 if metric == "MAE" else -1))
            for method, rank in zip(ranks, placed, strict=True):
                ranks[method].append(float(rank))
    yield {"set": "mean rank", "score": f"{len(ranks['molkit'])} sets", "seeds": "",
           **{method: f"{np.mean(own):.2f}" for method, own in ranks.items()}}  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=Path)
    options = parser.parse_args(argv)
    for name, lines in {"models": models(), "trust": trust(), "official": official(options.runs)}.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (TABLES / f"profile-{name}.jsonl").write_text(text)
        print(text)


if __name__ == "__main__":
    main()
