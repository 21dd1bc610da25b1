"""Measures: what is within reach of each area. Nouns, pure, each a Series indexed like the areas."""

from assetmap.measures.green import ags_met, green_ha_per_1000
from assetmap.measures.reach import Walks, count, kinds_count, nearest_m, reach, walks

__all__ = ["Walks", "ags_met", "count", "green_ha_per_1000", "kinds_count", "nearest_m", "reach", "walks"]
