"""The one gate: anything from outside becomes checked, projected layers here, and nowhere else."""

from assetmap.sources.place import DEMO, demo_folder, load, write_demo
from assetmap.sources.recipe import RECIPE_NAME

__all__ = ["DEMO", "RECIPE_NAME", "demo_folder", "load", "write_demo"]
