"""What the whole test suite shares: one thread per library, and two collections of molecules."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch and lightgbm load; tests run beside each other
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every process that a test starts compiles molkit anew

import pytest
from hypothesis import HealthCheck, settings
from rdkit import Chem, RDConfig, rdBase
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions

# a background shell starts programs deaf to Ctrl-C, and their children inherit that; the tests send it
signal.signal(signal.SIGINT, signal.default_int_handler)

# a change is judged by the same examples every time; by hand, new ones are tried. While other tests run beside it, how
# long an example takes says nothing.
settings.register_profile("new", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("new"), derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "new")

collect_ignore_glob = ["conftest.py", "*/conftest.py"]  # fixtures hold no doctests, and their names collide


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Where only files are named they run in this process: others would start longer than such tests take."""
    return 0 if all(".py" in name for name in config.args) else None


# Rings of every kind, stereo of every kind, charges, isotopes, radicals, odd elements, single atoms.
VARIED = (
    "C", "[Na+]", "[2H]", "O", "CC", "C#N", "C=C=C", "CCO", "[Cl-].[NH4+]", "CC(=O)[O-].[Na+]",
    "c1ccccc1", "c1ccc2ccccc2c1", "c1ccc(-c2ccccc2)cc1", "C1CCC(CC1)C1CCCCC1", "C1CC2(C1)CCC2",
    "C1CC2CCC1CC2", "C1C2CC3CC1CC(C2)C3", "C12C3C4C1C5C2C3C45", "C1CC2CC1C=C2", "C1CC1C1CC1", "C1=CC=CC=C1C=C",
    "c1ccc2c(c1)Cc1ccccc1-2", "C1CCC2(CC1)OCCO2", "c1ccc2c(c1)C1CCC2C1", "C1CC1=C1CC1", "c1ccccc1C=Cc1ccccc1",
    "C1CCCCCCCCCCC1", "c1cc2ccc3cccc4ccc(c1)c2c34", "O=C1c2ccccc2C(=O)c2ccccc21",
    "c1ccsc1", "c1cc[nH]c1", "c1ccncc1", "C[n+]1ccccc1", "[O-][n+]1ccccc1", "O=[N+]([O-])c1ccccc1", "CN=[N+]=[N-]",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "c1ccc2[nH]c3ccccc3c2c1", "O=c1cc[nH]cc1",
    "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC[C@H](F)Cl", "C[C@@H](O)[C@H](O)C", "C[C@@H](O)[C@@H](O)C",
    "F/C=C/F", "F/C=C\\F", "F/C=C/C=C\\F", "C/C=N/O", "C/C(=N\\O)c1ccccc1", "CC=CC",
    "C[C@H]1CC[C@@H](C)CC1", "C[C@H]1CC[C@H](C)CC1", "O[C@H]1CC[C@@H](O)CC1", "C[S@](=O)c1ccccc1", "CC[S@](=O)C",
    "C[P@](=O)(O)c1ccccc1", "C[N@+](CC)(CCC)CCCC", "C[N@]1C[C@H]1C", "C[Si](C)(C)C", "CB(O)O", "C[Se]C",
    "FS(F)(F)(F)(F)F",
    "[13CH4]", "[13C]C", "[2H]C([2H])([2H])O", "[235U]", "[CH3]", "[O][O]", "[O-2]", "[Fe+3]", "C[Mg]Br", "OP(=O)(O)O",
    "C[C@H]1[C@@H](C(=O)O)N2C(=O)[C@@H](NC(=O)Cc3ccccc3)[C@H]2S1", "CN1CCC[C@H]1c1cccnc1",
    "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)O", "C1=C\\CCCCCC/1", "C1CC/C=C/CCC1", "[H][H]", "C$C",
)  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _forked_workers() -> Iterator[None]:
    """Worker processes start at once; see `forked`."""
    import forked

    from molkit.engine import workers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "_start_child", forked.start_child)
        yield


@pytest.fixture(scope="session")
def varied() -> list[Chem.Mol]:
    """About eighty molecules, each odd in its own way."""
    with rdBase.BlockLogs():
        return [mol for mol in map(Chem.MolFromSmiles, VARIED) if mol is not None]


@pytest.fixture(scope="session")
def nci() -> list[Chem.Mol]:
    """The readable ones of the 5,000 NCI structures that come with RDKit."""
    lines = (Path(RDConfig.RDDataDir) / "NCI/first_5K.smi").read_text().splitlines()
    with rdBase.BlockLogs():
        mols = [Chem.MolFromSmiles(line.split()[0]) for line in lines if line.strip()]
    return [mol for mol in mols if mol is not None and mol.GetNumAtoms()]


@pytest.fixture(scope="session")
def marked(nci: list[Chem.Mol]) -> list[Chem.Mol]:
    """300 of the NCI structures (they come without stereo marks), each as one of its stereoisomers."""
    found = []
    options = StereoEnumerationOptions(maxIsomers=1, rand=3)
    for mol in nci[:1200]:
        isomer = next(EnumerateStereoisomers(mol, options))
        smiles = Chem.MolToSmiles(isomer)
        if any(mark in smiles for mark in "@/") and len(found) < 300:
            found.append(Chem.MolFromSmiles(smiles))
    return found


@pytest.fixture(scope="session")
def records() -> list[Any]:
    """Health records of one event to forty."""
    import samples

    return samples.records()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two real model files trained on forty alkanols: one of trees only, one of the network only."""
    from molkit.config import RunConfig
    from molkit.pipeline.train import train_bundle

    folder = tmp_path_factory.mktemp("models")
    writings = [f"{'C' * n}{middle}{'C' * (n % 3)}O" for n in range(1, 11) for middle in ("C", "(N)C", "C(F)", "C(=O)")]
    rows = [f"{smiles},{smiles.count('C') - 2 * ('N' in smiles)}" for smiles in writings]
    table = folder / "alkanols.csv"
    table.write_text("\n".join(["smiles,value", *rows]) + "\n")
    paths = {}
    for kind in ("boosting", "dmpnn"):
        paths[kind] = folder / f"{kind}.molkit"
        config = RunConfig(targets=("value",), learners=(kind,), fold_models=2, epochs=1, workers=1)
        train_bundle(table, paths[kind], config)
    return paths
