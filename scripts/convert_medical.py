"""Public sets of the data cards as plain inputs of molkit's commands.

    python scripts/convert_medical.py DATA WORK fsdd davis ...

DATA holds the sets as published, a folder each; what is made goes to WORK/NAME, which must not exist. Without names all
are made. Each function takes the folder of the set and a new folder, and gives the tables or folders to train on.
Counts that the cards state are checked.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

Rows = list[dict[str, Any]]
# Discharge to death or hospice: no readmission is possible (UCI 296, IDS_mapping.csv).
DEATH_OR_HOSPICE = {"11", "13", "14", "19", "20", "21"}
SHARES = {"train": "train", "valid": "val", "test": "test"}  # as molkit names the parts, and as human_dti does


def convert_semeion(data: Path, made: Path) -> list[Path]:
    """1,593 digits of 16 x 16 black or white pixels: a .npz with images and labels, and a folder per class."""
    from PIL import Image

    table = np.loadtxt(io.StringIO(read_text(data / "semeion.data.gz")), delimiter=",")
    images, labels = (255 * table[:, :256]).astype(np.uint8).reshape(-1, 16, 16), table[:, 256:].argmax(axis=1)
    check((table[:, 256:].sum(axis=1) == 1).sum(), 1593, "digits of one class")
    np.savez_compressed(made / "semeion.npz", images=images, labels=labels)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        (made / "images" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(made / "images" / str(label) / f"{number:04}.png")
    return [made / "semeion.npz", made / "images"]


def convert_fsdd(data: Path, made: Path) -> list[Path]:
    """480 recordings of a digit, the takes below 5 being the official test part."""
    with tarfile.open(data / "fsdd_480.tar.gz") as archive:
        archive.extractall(made, filter="data")
    rows = []
    for path in sorted(made.rglob("*.wav")):
        digit, speaker, take = path.stem.split("_")
        part = "test" if int(take) < 5 else "train"
        rows.append({"signal": path.relative_to(made).as_posix(), "label": digit, "speaker": speaker, "split": part})
    check(sum(row["split"] == "test" for row in rows), 180, "test recordings")
    check(len(rows), 480, "recordings")
    return [write_rows(made / "fsdd.csv", rows)]


def convert_medical_mnist(data: Path, made: Path) -> list[Path]:
    """1,500 images, a folder for each of six classes."""
    with tarfile.open(data / "medical_mnist_250_per_class.tar") as archive:
        archive.extractall(made / "images", filter="data")
    for folder in sorted((made / "images").iterdir()):
        check(len(list(folder.glob("*.jpeg"))), 250, f"images of {folder.name}")
    return [made / "images"]


def convert_ecg5000(data: Path, made: Path) -> list[Path]:
    """500 heartbeats of 140 numbers, t1 to t140, in five classes of which 1 is normal."""
    lines = read_text(data / "ECG5000_TRAIN.txt.gz").split("\n")
    found = [line.replace(",", " ").split() for line in lines if line.strip()]
    names = [f"t{place}" for place in range(1, 141)]
    rows = [dict(zip(["label", *names], [str(int(float(cells[0]))), *cells[1:]], strict=True)) for cells in found]
    check(len(rows), 500, "heartbeats")
    check(sum(row["label"] == "1" for row in rows), 292, "normal heartbeats")
    return [write_rows(made / "ecg5000.csv", rows)]


def convert_diabetes130(data: Path, made: Path) -> list[Path]:
    """99,343 stays in hospital: those that ended in death or hospice are left out, `?` is blank, <30 days is yes."""
    stays = read_rows(data / "diabetic_data.csv.gz")
    kept = [stay for stay in stays if stay["discharge_disposition_id"] not in DEATH_OR_HOSPICE]
    check(len(stays) - len(kept), 2423, "stays that ended in death or hospice")
    rows = []
    for stay in kept:
        cells = {name: "" if cell == "?" else cell for name, cell in stay.items() if name != "encounter_id"}
        rows.append({**cells, "readmitted": "yes" if stay["readmitted"] == "<30" else "no"})
    check(len(rows), 99_343, "stays")
    return [write_rows(made / "diabetes130.csv", rows)]


def convert_davis(data: Path, made: Path) -> list[Path]:
    """30,056 pairs of a drug and a kinase; the test part is the published one of DeepDTA."""
    drugs = {row["drug_id"]: row["smiles"] for row in read_rows(data / "drugs.csv")}
    proteins = {row["target_id"]: row["sequence"] for row in read_rows(data / "targets.csv.gz")}
    rows = [
        {"drug": drugs[pair["drug_id"]], "protein": proteins[pair["target_id"]], "pKd": pair["affinity"],
         "drug_id": pair["drug_id"], "target_id": pair["target_id"], "split": pair["deepdta_split"]}
        for pair in read_rows(data / "davis_pairs.csv.gz")
    ]  # fmt: skip
    check(len(rows), 68 * 442, "pairs")
    check(sum(row["split"] == "test" for row in rows), 5010, "test pairs")
    return [write_rows(made / "davis.csv", rows)]


def convert_human_dti(data: Path, made: Path) -> list[Path]:
    """Pairs that bind or not, a table for each published scheme."""
    tables = []
    for scheme, counts in (("random", (4197, 600, 1200)), ("cold", (3453, 155, 311))):
        rows = []
        for (part, name), count in zip(SHARES.items(), counts, strict=True):
            pairs = read_rows(data / scheme / f"{name}.csv.gz")
            check(len(pairs), count, f"{part} pairs of {scheme}")
            rows += [{"drug": p["SMILES"], "protein": p["Protein"], "binds": p["Y"], "split": part} for p in pairs]
        tables.append(write_rows(made / f"human_dti_{scheme}.csv", rows))
    return tables


def convert_ddi_chchminer(data: Path, made: Path) -> list[Path]:
    """33,669 pairs of drugs that interact or not, in the published parts."""
    rows = []
    for part, count in (("train", 23_435), ("valid", 5121), ("test", 5113)):
        pairs = read_rows(data / f"ChChMiner_{part}.csv.gz")
        check(len(pairs), count, f"{part} pairs")
        for pair in pairs:
            names = {"drug_a": "smiles_1", "drug_b": "smiles_2", "id_a": "drugbank_id_1", "id_b": "drugbank_id_2"}
            row = {name: pair[column] for name, column in names.items()}
            rows.append({**row, "interacts": str(int(float(pair["label"]))), "split": part})
    check(sum(row["interacts"] == "1" for row in rows), 12_784 + 4178 + 4524, "pairs that interact")
    return [write_rows(made / "ddi_chchminer.csv", rows)]


CONVERTERS: dict[str, tuple[str, Callable[[Path, Path], list[Path]]]] = {
    "semeion": ("semeion", convert_semeion),
    "fsdd": ("fsdd", convert_fsdd),
    "medical_mnist": ("medical_mnist", convert_medical_mnist),
    "ecg5000": ("ecg5000_train", convert_ecg5000),
    "diabetes130": ("diabetes130", convert_diabetes130),
    "davis": ("davis", convert_davis),
    "human_dti": ("human_dti", convert_human_dti),
    "ddi_chchminer": ("ddi_chchminer", convert_ddi_chchminer),
}


def convert(data: Path, work: Path, name: str) -> list[Path]:
    """The plain inputs of a set in the new folder WORK/NAME."""
    folder, converter = CONVERTERS[name]
    made = work / name
    made.mkdir(parents=True)
    return converter(data / folder, made)


def read_text(path: Path) -> str:
    """The text of a file, packed or not."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def read_rows(path: Path) -> Rows:
    """The rows of a table, cells as text."""
    return list(csv.DictReader(io.StringIO(read_text(path), newline="")))


def write_rows(path: Path, rows: Rows) -> Path:
    """The rows as a table, columns as the first one has them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def check(found: int, expected: int, what: str) -> None:
    """Refuse a set that is not the published one."""
    if found != expected:
        raise SystemExit(f"expected {expected:,} {what}, found {found:,}; the files are not those of the data card")


def main(names: Iterable[str], data: Path, work: Path) -> None:
    """Convert and say what was made."""
    for name in names:
        for path in convert(data, work, name):
            print(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*", help=", ".join(CONVERTERS))
    told = parser.parse_args()
    if unknown := set(told.names) - set(CONVERTERS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(CONVERTERS)}")
    main(told.names or CONVERTERS, told.data, told.work)
