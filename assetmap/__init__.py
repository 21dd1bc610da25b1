"""assetmap: where a community's social resources are thin, why, and how surely.

Three verbs do the work, in the app, on the command line and in a notebook alike:

- `load` a place folder (or "demo"),
- `assess` it with `Settings`,
- `write` the gap analysis.
"""

from assetmap.assess import assess
from assetmap.errors import AssetMapError, OutputError, PlaceError, Problem, SettingsError
from assetmap.model import Assessment, Layer, Place, Settings
from assetmap.sources import load
from assetmap.views.export import write

__version__ = "0.1.0"

__all__ = [
    "Assessment",
    "AssetMapError",
    "Layer",
    "OutputError",
    "Place",
    "PlaceError",
    "Problem",
    "Settings",
    "SettingsError",
    "__version__",
    "assess",
    "load",
    "write",
]
