"""The page of the documentation names the endpoints as the profile does."""

from __future__ import annotations

from pathlib import Path

import pytest

import molkit
from molkit.profile.endpoints import ENDPOINTS, Endpoint

PAGE = Path(molkit.__file__).parents[1] / "docs" / "admet.md"


def row(endpoint: Endpoint) -> str:
    unit = f"{endpoint.classes[0]} / {endpoint.classes[1]}" if endpoint.classes else endpoint.unit
    return f"| `{endpoint.name}` | {endpoint.title} | {unit} | {welcome(endpoint)} |"


def welcome(endpoint: Endpoint) -> str:
    if endpoint.welcome is None:
        return ""
    low, high = endpoint.welcome
    if endpoint.classes:
        return endpoint.classes[low is not None]
    if low is None or high is None:
        return f"from {low:g}" if low is not None else f"to {high:g}"
    return f"{low:g} to {high:g}"


@pytest.mark.skipif(not PAGE.exists(), reason="an installed molkit has no documentation folder")
def test_every_endpoint_has_its_line() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for endpoint in ENDPOINTS.values():
        assert row(endpoint) in lines
