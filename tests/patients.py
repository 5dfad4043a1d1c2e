"""Small health records and a table of patients, as files, and models of both, trained once per test run."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from trained import folder, run, write_csv

SUBJECTS = 200
QUICK = ("--workers", 1, "--quiet", "--no-plot", "--no-html", "--overwrite")
RECORDS = ("--input", "record=@events.parquet", "-t", "boolean_value")
FAST = {"boosting": {"trees": 30}}


def name(subject: int) -> str:
    """What a subject is called: a text that is found again wherever it stands."""
    return f"subject-{subject:05}x"


def sick(share: float) -> np.ndarray:
    """Which subjects have the outcome."""
    return np.random.default_rng(1).random(SUBJECTS) < share


@cache
def records(share: float = 0.3) -> Path:
    """The table of labels, two predictions for each subject, beside its table of events."""
    made = folder() / f"records-{share:g}"
    made.mkdir()
    rng, outcome = np.random.default_rng(0), sick(share)
    begin = pd.Timestamp("2020-01-01")
    events: list[tuple[Any, ...]] = []
    labels: list[tuple[Any, ...]] = []
    for subject in range(SUBJECTS):
        own, bad = name(subject), bool(outcome[subject])
        events.append((own, pd.NaT, "age", float(rng.integers(20, 90))))
        events.append((own, pd.NaT, "smoker//yes" if rng.random() < 0.4 else "smoker//no", None))
        for hour in range(8):
            time = begin + pd.Timedelta(hours=hour)
            events.append((own, time, "heart rate", float(rng.normal(80 + 15 * bad, 12))))
            if rng.random() < 0.4:
                events.append((own, time, "lactate", float(abs(rng.normal(1 + 0.7 * bad, 0.5)))))
        labels += [(own, begin + pd.Timedelta(hours=hour), bad) for hour in (4, 7)]
    columns = ["subject_id", "time", "code", "numeric_value"]
    pd.DataFrame(events, columns=columns).to_parquet(made / "events.parquet")
    pd.DataFrame(labels, columns=["subject_id", "prediction_time", "boolean_value"]).to_parquet(made / "labels.parquet")
    return made / "labels.parquet"


@cache
def record_model() -> Path:
    """Boosting and GRU-D on the records, quickly."""
    out = folder() / "records.molkit"
    config = folder() / "records.toml"
    config.write_text("[options.boosting]\ntrees = 30\n")
    ran = run("train", records(), *RECORDS, "-o", out, "--learner", "boosting", "--learner", "grud", "--epochs", 3,
              "--fold-models", 3, "--config", config, *QUICK)  # fmt: skip
    assert ran.code == 0, ran.err
    return out


@cache
def patients() -> Path:
    """300 patients: a name, an age, a blood pressure, a word, and a diagnosis that depends on the first two."""
    rng = np.random.default_rng(2)
    rows: list[dict[str, object]] = []
    for row in range(300):
        age, pressure = float(rng.integers(20, 90)), float(rng.normal(130, 15))
        risk = 1 / (1 + np.exp(-((age - 60) / 8 + (pressure - 130) / 10)))
        rows.append({"name": f"Jane Doe {row:03}", "age": age, "pressure": f"{pressure:.4f}",
                     "sex": "f" if rng.random() < 0.5 else "m",
                     "diagnosis": "yes" if rng.random() < risk else "no"})  # fmt: skip
    return write_csv(folder() / "patients.csv", rows)


@cache
def table_model() -> Path:
    """A linear model and boosting on the table."""
    out = folder() / "patients.molkit"
    ran = run("train", patients(), "--input", "patient=*", "-t", "diagnosis", "--id", "name", "-o", out,
              "--learner", "linear", "--fold-models", 3, *QUICK)  # fmt: skip
    assert ran.code == 0, ran.err
    return out
