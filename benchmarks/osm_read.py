"""Reading places from OpenStreetMap extracts, beside pyrosm (``.osm.pbf``) and osmnx (``.osm``) on the same file and tags.

Each reading is a process of its own, timed from when everything is imported to a table of places with shapes. pyrosm
reads with the faster of its two engines and keeps nothing from one run to the next. "as loaded" also counts the look
at the buildings that tells where an extract was cut, which no peer takes. The places are those that the taxonomy has a
kind for; a peer's rows without one (osmnx and pyrosm take each tag by itself) are not counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import osmium

from benchmarks.figure import ROOT, Figure, beside, in_turn, real_data

EXTRACTS = (
    "osm/helsinki-centre.osm.pbf",
    "osm/las-palmas-2023-02-21.osm.pbf",
    "osm/liechtenstein.osm.pbf",
    "osm/london_clip_map.osm",
    "osm/porto-alegre.osm.pbf",
    "newport/newport-2023-06-13.osm.pbf",
    "rutland/rutland-2018-03.osm.pbf",
)
