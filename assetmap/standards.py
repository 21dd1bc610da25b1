"""Published standards for green space: how large, how near, how much for how many. Each with its source."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AGS", "AGS_HA_PER_1000", "FIELDS_IN_TRUST", "WALK_TO_GREEN_M", "GreenStandard"]


@dataclass(frozen=True)
class GreenStandard:
    """One standard for green space.

    Parameters
    ----------
    name
        Stem of the columns that say whether it is met.
    label
        What readers call it.
    within_m
        How near a site must be, metres: in a straight line from its boundary for Natural England's, on foot
        for those of Fields in Trust.
    source
        Who set it.
    min_ha
        The smallest site that counts, hectares.
    kinds
        The kinds of green space that count; empty where all do.
    ha_per_1000
        Hectares for each 1,000 residents; None where it asks for none.
    caveat
        What to bear in mind when quoting it.
    """

    name: str
    label: str
    within_m: float
    source: str
    min_ha: float = 0.0
    kinds: tuple[str, ...] = ()
    ha_per_1000: float | None = None
    caveat: str = ""


_NE_2023 = "Natural England (2023), Accessible Greenspace Standards"
_NE_2010 = "Natural England (2010), Nature Nearby: Accessible Natural Greenspace Guidance"
_ANY = "The standard asks for natural green space; any open site of that size is counted here."
_OLD = f"{_ANY} Size and distance are those of 2010, not yet checked against the text of 2023."

#: Natural England's six, by size and distance in a straight line from the boundary of the site.
AGS = (
    GreenStandard("ags_doorstep", "Doorstep green space", 200, _NE_2023, 0.5),
    GreenStandard("ags_local", "Local natural green space", 300, _NE_2023, 2, caveat=_ANY),
    GreenStandard("ags_neighbourhood", "Neighbourhood natural green space", 1_000, _NE_2023, 10, caveat=_ANY),
    GreenStandard("ags_wider", "Wider neighbourhood natural green space", 2_000, _NE_2010, 20, caveat=_OLD),
    GreenStandard("ags_district", "District natural green space", 5_000, _NE_2010, 100, caveat=_OLD),
    GreenStandard("ags_subregional", "Sub-regional natural green space", 10_000, _NE_2010, 500, caveat=_OLD),
)

#: Hectares of accessible green space for each 1,000 residents that Natural England asks for, across a place.
AGS_HA_PER_1000 = 3.0

_GUIDANCE = "Fields in Trust (2015), Guidance for Outdoor Sport and Play: Beyond the Six Acre Standard"

#: Those of Fields in Trust whose figures were found in a source and whose kind of space the lists can tell. Left out until
#: somebody has checked them against the text: natural green space, play space for the very young (LAP), other outdoor
#: provision, and hectares of equipped play space.
FIELDS_IN_TRUST = (
    GreenStandard(
        "fit_park",
        "Parks and gardens",
        710,
        _GUIDANCE,
        kinds=("park",),
        ha_per_1000=0.80,
        caveat="Amenity green space, which has a standard of its own (0.60 ha, 480 m), cannot be told from parks on every list.",
    ),
    GreenStandard(
        "fit_pitches",
        "Playing pitches",
        1_200,
        _GUIDANCE,
        kinds=("playing_field",),
        ha_per_1000=1.20,
        caveat="The whole playing field is counted, not its pitches alone.",
    ),
    GreenStandard(
        "fit_play_local",
        "Local equipped play area",
        400,
        _GUIDANCE,
        kinds=("play_space",),
        caveat="Lists do not tell how a play space is equipped; any is counted.",
    ),
    GreenStandard(
        "fit_play_neighbourhood",
        "Neighbourhood equipped play area",
        1_000,
        _GUIDANCE,
        kinds=("play_space",),
        caveat="Lists do not tell how a play space is equipped; any is counted.",
    ),
)

#: Ten minutes on foot: how near green space should be for the Green Space Index of Fields in Trust, metres.
WALK_TO_GREEN_M = 800
