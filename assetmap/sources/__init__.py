"""The one gate: anything from outside becomes checked, projected layers here, and nowhere else."""

from assetmap.sources.place import load, write_demo

__all__ = ["load", "write_demo"]
