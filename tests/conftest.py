"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
#: The real open data lie beside the checkout, never in it.
REALDATA = Path(os.environ.get("ASSETMAP_REALDATA") or ROOT.parent / "shared" / "data")

# The same examples on every run, and no verdict that hangs on how busy the machine is.
settings.register_profile("assetmap", derandomize=True, deadline=None)
settings.load_profile("assetmap")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if REALDATA.is_dir():
        return
    reason = f"no real data at {REALDATA} (ASSETMAP_REALDATA may name another folder)"
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real open data, for tests marked ``realdata``."""
    return REALDATA
