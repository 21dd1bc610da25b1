"""The one gate: anything from outside becomes checked, projected layers here, and nowhere else."""

from assetmap.sources.place import DEMO, demo_folder, load, write_demo

__all__ = ["DEMO", "demo_folder", "load", "write_demo"]
