"""Model files by path, and the shipped ones by the name of their endpoint."""

from __future__ import annotations

import os
from pathlib import Path


def model_path(text: str | Path) -> Path:
    """The path itself if a file is there; else the shipped model of that name, upper and lower case being one.

    >>> model_path("herg").name
    'hERG.molkit'
    """
    from molkit.profile.endpoints import ENDPOINTS

    path = Path(text)
    known = {name.lower(): endpoint.model for name, endpoint in ENDPOINTS.items()}
    return path if os.path.isfile(path) else known.get(str(text).lower(), path)
