"""The one gate: anything from outside becomes checked, projected layers here, and nowhere else."""

from assetmap.sources.locate import plain_postcode
from assetmap.sources.place import DEMO, demo_folder, load, match, write_demo
from assetmap.sources.recipe import RECIPE_NAME
from assetmap.sources.saved import save, write_geopackage

__all__ = [
    "DEMO",
    "RECIPE_NAME",
    "demo_folder",
    "load",
    "match",
    "plain_postcode",
    "save",
    "write_demo",
    "write_geopackage",
]
