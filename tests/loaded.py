"""Files of Python that are no package, as modules for the tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load(path: str) -> ModuleType:
    """The module of a file below the repository, which may import its neighbours while it loads."""
    file = ROOT / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(file.parent))
        sys.modules.setdefault(file.stem, module)  # where dataclasses look their module up
        spec.loader.exec_module(module)
    return module
