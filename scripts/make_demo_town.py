"""Make Wrenmouth, the fictional town that assetmap is shown and tested with.

Wrenmouth stands in the North Sea on purpose, so that nobody takes it for a real place, and it is built
to teach. The Sallows, an estate cut off by both river and railway, has little within reach. Lamplighters
and Ropewalk are just as deprived and rich in things to do. Long Acre is comfortable, and thin.

What was drawn by hand is in ``town_plan.toml`` beside this file; all else is made here from one seed, so that the
same plan gives the same bytes. ::

    python scripts/make_demo_town.py            # write data/
    python scripts/make_demo_town.py --check    # exit 1 if data/ is not what this would write
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import re
import sys
import tomllib
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, Point, Polygon, STRtree, affinity, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, polygonize, unary_union

DATA = Path(__file__).resolve().parents[1] / "data"
PLAN: dict[str, Any] = tomllib.loads(Path(__file__).with_name("town_plan.toml").read_text(encoding="utf-8"))
TOWN, DATE = PLAN["town"], PLAN["date"]
SOURCE, LICENCE = "Invented for assetmap", "CC0-1.0"
RANKS = 33_755  # as many as England has neighbourhoods, so that ranks look familiar
HUBS = ("library", "community_hub", "community_centre", "family_hub", "youth_centre")

# National Grid, with its shift to WGS84 written out: grid files that one machine has and another lacks
# must not change the bytes.
GRID = (
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
    " +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m +type=crs"
)

Row = dict[str, Any]


# -------------------------------------------------------------------------------- land, water, streets


@dataclass(frozen=True)
class Ground:
    """The lie of the land, in metres on the plan."""

    outline: Polygon
    river: LineString
    railway: LineString
    water: BaseGeometry
    quarters: dict[str, Polygon]

    def quarter_of(self, at: Point) -> str:
        return next(name for name, shape in self.quarters.items() if shape.contains(at))


def smooth(corners: Sequence[Sequence[float]], *, closed: bool = False) -> np.ndarray:
    """A line or ring with its corners cut off three times over (Chaikin)."""
    line = np.array(corners, dtype=float)
    for _ in range(3):
        path = np.vstack([line, line[:1]]) if closed else line
        cut = np.empty((2 * len(path) - 2, 2))
        cut[0::2] = 0.75 * path[:-1] + 0.25 * path[1:]
        cut[1::2] = 0.25 * path[:-1] + 0.75 * path[1:]
        line = cut if closed else np.vstack([line[:1], cut, line[-1:]])
    return line


def lay_ground() -> Ground:
    """Coast, river, railway, and the quarters that they part the town into."""
    outline = Polygon(smooth(PLAN["outline"], closed=True))
    river, railway = LineString(smooth(PLAN["river"])), LineString(smooth(PLAN["railway"]))
    # The river widens from 50 m inland to 190 m at its mouth.
    rounds = [Point(x, y).buffer(25 + 70 / (1 + math.exp((4600 - x) / 350))) for x, y in river.coords]
    channel = unary_union([unary_union(pair).convex_hull for pair in pairwise(rounds)])
    frame = box(*PLAN["frame"])
    sea = Polygon([*smooth(PLAN["coast"]), (9000, -9000), (9000, 9000)]) - outline
    parts = list(polygonize(unary_union([outline.boundary, river, railway])))
    quarters = {
        name: next(part for part in parts if part.contains(Point(quarter["inside"])))
        for name, quarter in PLAN["quarters"].items()
    }
    return Ground(outline, river, railway, unary_union([channel, sea]) & frame, quarters)


@dataclass(frozen=True)
class Stretch:
    """A stretch of street between two nodes."""

    ends: tuple[int, int]
    line: LineString
    street: str
    highway: str
    is_crossing: bool = False


def crossroads(
    quarter: str, ground: Ground, rng: random.Random
) -> dict[tuple[int, int], tuple[float, float]]:
    """A quarter's crossroads: a grid, turned, bent and jittered so that it does not look ruled."""
    pattern = PLAN["quarters"][quarter]
    turn, spacing, phase = math.radians(pattern["angle_degrees"]), pattern["spacing"], rng.random() * math.tau
    centre = PLAN["market"] if pattern["crowded"] else ground.quarters[quarter].centroid.coords[0]
    found = {}
    for i, j in product(range(-45, 46), repeat=2):
        draw_in = 0.7 + 0.3 * min(math.hypot(i, j) * spacing / 2000, 1.4) if pattern["crowded"] else 1.0
        across, along = i * spacing * draw_in, j * spacing * draw_in
        x = centre[0] + across * math.cos(turn) - along * math.sin(turn)
        y = centre[1] + across * math.sin(turn) + along * math.cos(turn)
        x, y = x + 55 * math.sin(y / 390 + phase), y + 45 * math.sin(x / 430 + 2 * phase)
        found[i, j] = (round(x + rng.uniform(-15, 15), 1), round(y + rng.uniform(-15, 15), 1))
    return found


def top(root: dict[Any, Any], each: Any) -> Any:
    """Which group something belongs to (union-find)."""
    while root[each] != each:
        each = root[each]
    return each


def build_streets(ground: Ground, rng: random.Random) -> tuple[list[Point], list[Stretch], list[Polygon]]:
    """The nodes and stretches of a network in one piece, and the blocks that its full grid cuts out."""
    nodes: list[Point] = []
    stretches: list[Stretch] = []
    cuts: list[BaseGeometry] = []
    own_nodes: dict[str, list[int]] = {}
    names = [f"{stem} {sort}" for stem, sort in product(PLAN["streets"]["stems"], PLAN["streets"]["types"])]
    rng.shuffle(names)
    named: dict[tuple[str, int, int, int], str] = {}
    for quarter, shape in ground.quarters.items():
        corners = crossroads(quarter, ground, rng)
        room = shape.buffer(-16) - ground.water.buffer(14) - ground.railway.buffer(22)
        a_bit_over = shape.buffer(1)  # so that every cut meets the edge for certain
        candidates = []
        for (i, j), axis in product(corners, (0, 1)):
            end = (i + 1, j) if axis == 0 else (i, j + 1)
            if end in corners:
                line = LineString([corners[i, j], corners[end]])
                if a_bit_over.intersects(line):
                    cuts.append(line & a_bit_over)
                if room.covers(line):
                    is_side_street = (j if axis == 0 else i) % 5 != 0
                    candidates.append((is_side_street, rng.random(), (i, j), end, axis))
        # Main roads first, then a random tree that reaches everything, then three in four of the rest:
        # some streets are missing, as in any town, and yet one can walk everywhere.
        root = {corner: corner for each in candidates for corner in each[2:4]}
        kept = []
        for is_side_street, luck, start, end, axis in sorted(candidates):
            is_new_ground = top(root, start) != top(root, end)
            root[top(root, start)] = top(root, end)
            if is_new_ground or not is_side_street or luck < 0.75:
                kept.append((start, end, axis, "residential" if is_side_street else "tertiary"))
        largest = Counter(top(root, corner) for corner in root).most_common(1)[0][0]
        kept = sorted(each for each in kept if top(root, each[0]) == largest)
        number = {}
        for corner in sorted({corner for each in kept for corner in each[:2]}):
            number[corner] = len(nodes)
            nodes.append(Point(corners[corner]))
        own_nodes[quarter] = list(number.values())
        for start, end, axis, highway in kept:
            row, along = (start[1], start[0]) if axis == 0 else start
            name = named.setdefault((quarter, axis, row, along // 7), names[len(named)])
            stretches.append(between(nodes, number[start], number[end], name, highway))
    for name, highway, x, y, *sides in PLAN["streets"]["crossings"]:
        one, other = (
            min(own_nodes[side], key=lambda node: nodes[node].distance(Point(x, y))) for side in sides
        )
        stretches.append(between(nodes, one, other, name, highway, is_crossing=True))
    edges = [ground.outline.boundary, ground.river, ground.railway]
    blocks = [block for block in polygonize(unary_union(cuts + edges)) if block.area > 0]
    blocks = [block for block in blocks if ground.outline.contains(block.representative_point())]
    return nodes, stretches, sorted(blocks, key=lambda block: block.centroid.coords[0])


def between(
    nodes: list[Point], start: int, end: int, street: str, highway: str, *, is_crossing: bool = False
) -> Stretch:
    return Stretch((start, end), LineString([nodes[start], nodes[end]]), street, highway, is_crossing)


# ------------------------------------------------------------------------- neighbourhoods, green space


@dataclass
class Area:
    """One neighbourhood and what is known of it."""

    code: str
    name: str
    seed: Point
    decile: int
    resources: int
    blocks: list[Polygon] = field(default_factory=list)
    shape: Polygon = field(default_factory=Polygon)
    population: int = 0
    origin: tuple[int, int] = (0, 0)


def build_areas(ground: Ground, blocks: list[Polygon]) -> list[Area]:
    """Neighbourhoods made of whole blocks, none of them across river or railway."""
    areas = [
        Area(f"WM{number:03}", name, Point(x, y), decile, resources)
        for number, (name, x, y, decile, resources) in enumerate(PLAN["neighbourhoods"]["rows"], start=1)
    ]
    quarters = [ground.quarter_of(area.seed) for area in areas]
    for block in blocks:
        quarter = ground.quarter_of(block.representative_point())
        near = [area for area, own in zip(areas, quarters, strict=True) if own == quarter]
        min(near, key=lambda area: area.seed.distance(block.centroid)).blocks.append(block)
    for area in areas:
        whole = shapely.coverage_union_all(area.blocks)
        if not isinstance(whole, Polygon):
            raise ValueError(f"{area.name} falls into pieces: move its seed in the plan.")
        area.shape = whole
    return areas


@dataclass(frozen=True)
class Site:
    """A green site and the ways into it."""

    site_id: str
    function: str
    name: str
    shape: Polygon
    entrances: list[tuple[Point, str]]


def largest_part(shape: BaseGeometry) -> Polygon:
    parts: list[Polygon] = list(getattr(shape, "geoms", [shape]))
    return max(parts, key=lambda part: part.area)


def cut_to(block: Polygon, square_metres: float) -> Polygon:
    """The end of a block with the wanted size, cut straight across."""
    (x0, y0), (x1, y1) = max(
        pairwise(largest_part(block.minimum_rotated_rectangle).exterior.coords),
        key=lambda side: math.dist(*side),
    )
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    level = affinity.rotate(block, -angle, origin=(0, 0))
    left, bottom, right, upper = level.bounds
    low, high = left, right
    for _ in range(40):
        middle = (low + high) / 2
        if (level & box(left, bottom, middle, upper)).area < square_metres:
            low = middle
        else:
            high = middle
    return affinity.rotate(largest_part(level & box(left, bottom, high, upper)), angle, origin=(0, 0))


def build_green_space(ground: Ground, nodes: list[Point], blocks: list[Polygon]) -> list[Site]:
    """Green sites made of whole blocks, or of the end of one, with gates where streets meet their edge."""
    off_limits = unary_union([ground.water.buffer(9), ground.railway.buffer(14)])
    free, sites = list(blocks), []
    rows = [(function, *row) for function, rows in PLAN["green_space"].items() for row in rows]
    for number, (function, name, x, y, hectares) in enumerate(rows, start=1):
        at, wanted = Point(x, y), hectares * 10_000
        quarter = ground.quarters[ground.quarter_of(at)]
        near = sorted(
            (b for b in free if quarter.covers(b.buffer(-1))), key=lambda b: b.centroid.distance(at)
        )
        ground_taken = near.pop(0)
        taken = [ground_taken]
        while hectares > 1.2 and ground_taken.area < 1.1 * wanted:
            joined = next(block for block in near if block.intersects(ground_taken))
            near.remove(joined)
            taken.append(joined)
            ground_taken = largest_part(shapely.coverage_union_all(taken))
        free = [block for block in free if block not in taken]
        shape = largest_part(ground_taken.buffer(-11, join_style="mitre") - off_limits)
        if shape.area > 1.15 * wanted:
            shape = cut_to(shape, wanted)
        rim = shape.boundary
        gates = sorted((node for node in nodes if quarter.contains(node)), key=rim.distance)[:60]
        gates = [node for node in gates if rim.distance(node) < 45] or gates[:1]
        chosen = gates[:1]
        while len(chosen) < min(len(gates), 2 + round(math.sqrt(hectares))):
            chosen.append(max(gates, key=lambda node: min(node.distance(other) for other in chosen)))
        access = ["Pedestrian"] * len(chosen)
        if hectares > 3:
            access[0] = "Motor Vehicle And Pedestrian"
        if hectares > 4.4 and len(access) > 2:
            access[1] = "Motor Vehicle"
        entrances = [(nearest_points(rim, node)[0], kind) for node, kind in zip(chosen, access, strict=True)]
        sites.append(Site(f"WMG{number:03}", function, name, shape, entrances))
    return sites


def turn_to_paths(stretches: list[Stretch], sites: list[Site]) -> list[Stretch]:
    """The streets, with those that run through green space made into paths."""
    green = unary_union([site.shape for site in sites])
    return [
        replace(stretch, street=f"{stretch.street} Path", highway="footway")
        if green.contains(stretch.line.interpolate(0.5, normalized=True))
        else stretch
        for stretch in stretches
    ]


# ------------------------------------------------------------------------- people, and what there is


@dataclass(frozen=True)
class Door:
    """A place on a street where something can be."""

    at: Point
    area: Area
    number: int
    street: str
    angle: float


@dataclass(frozen=True)
class Asset:
    """One community asset, with everything that any list says of it."""

    kind: str
    at: Point
    angle: float
    facts: Row


def build_doors(stretches: list[Stretch], areas: list[Area], sites: list[Site], ground: Ground) -> list[Door]:
    """Numbered doors along both sides of every street."""
    taken = unary_union(
        [site.shape.buffer(3) for site in sites] + [ground.water.buffer(4), ground.railway.buffer(9)]
    )
    shapely.prepare(taken)
    tree = STRtree([area.shape for area in areas])
    doors: list[Door] = []
    numbers: Counter[str] = Counter()
    for stretch in stretches:
        (x0, y0), (x1, y1) = stretch.line.coords
        has_doors = stretch.highway != "footway" and not stretch.is_crossing
        steps = range(1, int(stretch.line.length // 26)) if has_doors else ()
        for step, side in product(steps, (-1, 1)):
            numbers[stretch.street] += 1
            foot, off = stretch.line.interpolate(step * 26), side * 13 / stretch.line.length
            at = Point(round(foot.x - (y1 - y0) * off, 1), round(foot.y + (x1 - x0) * off, 1))
            inside = tree.query(at, predicate="within")
            if len(inside) and not taken.intersects(at):
                angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
                doors.append(Door(at, areas[inside[0]], numbers[stretch.street], stretch.street, angle))
    return doors


def settle(areas: list[Area], sites: list[Site]) -> None:
    """Give every area its residents: more where there is room to live, and most near the market."""
    green, market = unary_union([site.shape for site in sites]), Point(PLAN["market"])
    rooms = []
    for area in areas:
        crowding = [0.45 + 1.1 * math.exp(-((b.centroid.distance(market) / 1300) ** 2)) for b in area.blocks]
        rooms.append(sum((b - green).area * c for b, c in zip(area.blocks, crowding, strict=True)))
    for area, room in zip(areas, rooms, strict=True):
        area.population = round(min(2180, max(1120, 1600 * (room * len(rooms) / sum(rooms)) ** 0.6)))


def build_postcodes(
    areas: list[Area], doors: list[Door], rng: random.Random
) -> list[tuple[str, Point, Area]]:
    """Postcodes at doors of every area, and from their households the centre of each area's people."""
    letters, postcodes = "ABDEFGHJLNPQRSTUWXYZ", []
    for number, area in enumerate(areas):
        own = [door.at for door in doors if door.area is area]
        picked = rng.sample(own, min(len(own), round(area.population / 135)))
        homes = [rng.randint(6, 45) for _ in picked]
        for order, at in enumerate(picked):
            inward = letters[(3 * order + number) % 20] + letters[(7 * order + number // 3) % 20]
            postcodes.append((f"ZZ{1 + number // 8} {1 + number % 8}{inward}", at, area))
        middle = Point(np.average([at.coords[0] for at in picked], axis=0, weights=homes))
        if not area.shape.buffer(-20).contains(middle):
            middle = min(own, key=middle.distance)
        area.origin = (round(middle.x), round(middle.y))
    return sorted(postcodes, key=lambda each: each[0])


class Namer:
    """Gives every asset a name of its own, and says what a list would say of it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: set[str] = set()
        self.proper = {kind: iter(plan.get("proper", ())) for kind, plan in PLAN["kinds"].items()}
        self.hours = {kind: one["hours"] for one in PLAN["lists"] if "hours" in one for kind in one["kinds"]}

    def facts(self, kind: str, area: str, street: str, address: str, postcode: str, name: str = "") -> Row:
        plan, which, sport = (
            PLAN["kinds"][kind],
            self.rng.randrange(6),
            self.rng.choice(PLAN["sports"]["rows"]),
        )
        nth = sum(taken.endswith("Scouts") for taken in self.taken) + 1
        ending = {1: "st", 2: "nd", 3: "rd"}.get(nth, "th")
        patterns, categories = plan.get("named", [""]), plan.get("called", [""])
        pattern = name or next(self.proper[kind], patterns[which % len(patterns)])
        name = pattern.format(area=area, street=street, sport=sport, nth=f"{nth}{ending}")
        name = name if name not in self.taken else f"{name}, {street}"
        self.taken.add(name)
        plain = (
            unicodedata.normalize("NFKD", name.lower().replace("'", "")).encode("ascii", "ignore").decode()
        )
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
        return {
            "name": name,
            "category": categories[which % len(categories)],
            "hours": self.rng.choice(self.hours[kind]),
            "address": address,
            "postcode": postcode,
            "website": f"https://{TOWN.lower()}.example.org/{slug}" if self.rng.random() < 0.7 else "",
            "sport": sport,
            # By the name rather than drawn, so that whoever asks about another fact does not move the town.
            "step_free": ("yes", "yes", "no", "")[zlib.crc32(name.encode()) % 4],
            "cost": ("Free", "Free", "£2", "")[zlib.crc32(address.encode()) % 4],
            "checked": PLAN["any_list"]["checked"][zlib.crc32(name.encode()) % 7 % 4],
        }


def draw(weights: np.ndarray, rng: random.Random) -> int:
    """One index, likelier where the weight is higher."""
    total = np.cumsum(weights)
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))


def build_assets(
    areas: list[Area], doors: list[Door], postcodes: list[tuple[str, Point, Area]], rng: random.Random
) -> list[Asset]:
    """Everything there is: placed by how each kind settles, then named."""
    plan, namer = PLAN["neighbourhoods"], Namer(rng)
    where = np.array([door.at.coords[0] for door in doors])
    area_of = np.array([door.area.name for door in doors])
    level = np.array([door.area.resources for door in doors])
    from_market = np.hypot(*(where - PLAN["market"]).T)
    origins = [area.origin for area in areas if area.name in plan["estate"]]
    from_estate = np.min([np.hypot(*(where - origin).T) for origin in origins], axis=0)
    free, assets = np.ones(len(doors)), []
    for kind, settles in PLAN["kinds"].items():
        weights = np.array(plan["pull"])[level] * (
            1 + settles["central"] * np.exp(-((from_market / 900) ** 2))
        )
        if kind in HUBS:
            weights[(from_estate < plan["hub_free_m"]) | (level == 0)] = 0
        certain = settles.get("at_least", [])
        for number in range(settles["count"]):
            here = area_of == certain[number] if number < len(certain) else np.ones(len(doors))
            found = draw(weights * free * here, rng)
            free[found] = 0
            weights[np.hypot(*(where - where[found]).T) < settles["apart_m"]] = 0
            door = doors[found]
            near = [each for each in postcodes if each[2] is door.area]
            postcode = min(near, key=lambda each: each[1].distance(door.at))[0]
            address = f"{door.number} {door.street}, {door.area.name}"
            facts = namer.facts(kind, door.area.name, door.street, address, postcode)
            assets.append(Asset(kind, door.at, door.angle, facts))
    for (village, x, y), (kind, name) in product(PLAN["villages"]["rows"], PLAN["villages"]["has"].items()):
        at = Point(x + rng.randint(-110, 110), y + rng.randint(-110, 110))
        facts = namer.facts(kind, village, village, f"{village}, near {TOWN}", "", name)
        assets.append(Asset(kind, at, 15.0, facts))
    return assets


# ------------------------------------------------------------------------------------------ the files


def on_globe(shapes: Iterable[BaseGeometry], digits: int = 7) -> list[Any]:
    """Shapes on the plan as longitude and latitude, rounded, rings wound as RFC 7946 asks."""
    east, north = PLAN["grid_corner"]
    moved = [affinity.translate(shape, east, north) for shape in shapes]
    turned = shapely.transform(
        gpd.GeoSeries(moved, crs=GRID).to_crs(4326).to_numpy(), lambda xy: np.round(xy, digits)
    )
    return [shapely.orient_polygons(shape) for shape in turned]


def as_csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_line(row: Row) -> str:
    return as_csv([row]).decode().splitlines()[1]


def as_geojson(rows: list[Row], shapes: Iterable[BaseGeometry]) -> bytes:
    """One feature a line, so that a change is easy to see."""
    features = [
        json.dumps(
            {"type": "Feature", "properties": row, "geometry": shapely.geometry.mapping(shape)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for row, shape in zip(rows, on_globe(shapes), strict=True)
    ]
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n").encode()


def as_toml(table: str, values: Row) -> str:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([table, *lines] if table else lines) + "\n"


class Folder:
    """The files to write, each with its sidecar, and the recipe that names them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.recipe = (
            f"# {TOWN}: a fictional town in the North Sea, to learn and to test with.\n"
            "# Made by scripts/make_demo_town.py; change scripts/town_plan.toml and run that, not this file.\n\n"
            + as_toml("[place]", {"name": TOWN, "fictional": True})
        )

    def add(
        self, name: str, content: bytes, title: str, about: str, columns: dict[str, str], extra: str = ""
    ) -> None:
        """A file, and its sidecar: `columns` says what each column holds."""
        told = {
            "title": f"{TOWN}: {title[0].lower() + title[1:]}",
            "description": f"{about} {TOWN} is fictional.",
            "fictional": True,
            "licence": LICENCE,
            "source": SOURCE,
            "date": DATE,
        }
        meanings = {column: PLAN["columns"][holds] for column, holds in columns.items()}
        self.files[name] = content
        sidecar = as_toml("", told) + "\n" + as_toml("[columns]", meanings) + extra
        self.files[name + ".toml"] = sidecar.encode()

    def layer(self, name: str, rows: list[Row], shapes: Iterable[BaseGeometry] | None = None) -> None:
        """A layer of the place, and its table in the recipe."""
        layer = PLAN["layers"][name]
        file = f"boundaries/{name}.{'csv' if shapes is None else 'geojson'}"
        columns = {each: each for each in (*rows[0], *([] if shapes is None else ["geometry"]))}
        content = as_csv(rows) if shapes is None else as_geojson(rows, shapes)
        self.add(file, content, name.replace("_", " "), layer["about"], columns)
        if "recipe" in layer:
            self.tell(layer.get("table", f"[{name}]"), {"file": file, **layer["recipe"]})

    def tell(self, table: str, values: Row) -> None:
        """Write a table of the recipe, with its credit."""
        credit = {"source": SOURCE, "licence": LICENCE, "date": DATE}
        self.recipe += "\n" + as_toml(table, {**values, **credit})


def deprivation_rows(areas: list[Area], rng: random.Random) -> list[Row]:
    """Ranks within each area's decile; income mostly agrees with the whole, and sometimes does not."""
    tenth, taken, rows = RANKS / 10, set[int](), []
    for area in areas:
        rank = 0
        while not rank or rank in taken:
            rank = rng.randint(math.floor((area.decile - 1) * tenth) + 1, math.floor(area.decile * tenth))
        taken.add(rank)
        income = min(10, max(1, area.decile + rng.choice((-1, 0, 0, 0, 0, 1))))
        row = {"area_code": area.code, "imd_rank": rank, "imd_decile": math.ceil(rank / tenth)}
        rows.append({**row, "income_decile": income})
    return rows


def survey_rows(areas: list[Area], rng: random.Random) -> list[Row]:
    """What an invented survey found. Belonging is strong on the estate that has the fewest places: no index tells that."""

    def said(share: float, asked: int) -> int:
        return sum(rng.random() < share for _ in range(asked))

    rows = []
    for area in areas:
        asked = rng.randint(55, 120)
        on_estate = area.name in PLAN["neighbourhoods"]["estate"]
        belong = said(0.82 if on_estate else 0.5 + 0.07 * area.resources, asked)
        low, high = (round(100 * end, 1) for end in wilson(belong, asked))
        rows.append(
            {
                "area_code": area.code,
                "asked": asked,
                "belonging_percent": round(100 * belong / asked, 1),
                "belonging_low": low,
                "belonging_high": high,
                "often_lonely": said(0.16 - 0.012 * area.decile + 0.01 * (3 - area.resources), asked),
                "volunteer": said(0.14 + 0.03 * area.resources + 0.008 * area.decile, asked),
            }
        )
    return rows


def wilson(said: int, asked: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    share, z = said / asked, 1.959964
    middle = (share + z * z / (2 * asked)) / (1 + z * z / asked)
    half = z / (1 + z * z / asked) * math.sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked))
    return middle - half, middle + half


def age_rows(areas: list[Area], rng: random.Random) -> list[Row]:
    """How many are 65 or older: more where there is less deprivation."""
    return [
        {
            "area_code": area.code,
            "population": area.population,
            "aged_65_and_over": round(area.population * (0.1 + 0.012 * area.decile + 0.05 * rng.random())),
        }
        for area in areas
    ]


def building(asset: Asset) -> Polygon:
    """The footprint of a building that stands square to its street."""
    x, y = asset.at.coords[0]
    return affinity.rotate(box(x - 11, y - 6, x + 11, y + 6), asset.angle)


def on_list(asset: Asset, one: Row) -> bool:
    """Whether a list names an asset: by its name rather than drawn. What one list leaves out, a list that shares some has."""
    lot = zlib.crc32(asset.facts["name"].encode()) % 100
    left_out = any(asset.kind in each["kinds"] and lot < each.get("leaves_out", 0) for each in PLAN["lists"])
    shares = one.get("shares")
    return asset.kind in one["kinds"] and (
        not left_out if shares is None else left_out or 100 - lot <= shares[asset.kind]
    )


def write_list(folder: Folder, one: Row, assets: list[Asset]) -> None:
    """One list of assets, in its own layout and by name, told in the recipe."""
    own = sorted((each for each in assets if on_list(each, one)), key=lambda each: each.facts["name"])
    rows = []
    for number, (asset, spot) in enumerate(
        zip(own, on_globe([each.at for each in own], 6), strict=True), start=1
    ):
        easting, northing = (round(each) for each in np.add(asset.at.coords[0], PLAN["grid_corner"]))
        where = {"lon": spot.x, "lat": spot.y, "easting": easting, "northing": northing}
        facts = {"ref": f"V{number:03}", **asset.facts, **where}
        rows.append({column: facts[holds] for column, holds in one["fields"].items()})
    file, fields, content = f"assets/{one['file']}", one["fields"], as_csv(rows)
    if file.endswith(".geojson"):
        shapes = [building(each) if each.kind == "place_of_worship" else each.at for each in own]
        fields, content = {**fields, "geometry": "geometry"}, as_geojson(rows, shapes)
    folder.add(file, content, one["title"], f"{len(rows)} of them, all made up.", fields)
    folder.tell("[[assets]]", {"name": one["title"], "file": file, **one["recipe"]})
    if "faults" in one:
        write_faulty_list(folder, one, rows)


def write_faulty_list(folder: Folder, one: Row, rows: list[Row]) -> None:
    """A list with the usual faults between good rows; its sidecar says on which line each one is."""
    good = iter(rows)
    lines, notes = [",".join(one["fields"])], {}

    def spoil(what: str, line: str) -> None:
        lines.extend([as_line(next(good)), line])
        notes[f"line {len(lines)}"] = what

    for what, cells in one["faults"]:
        row = next(good)
        spoil(what, as_line(row | {column: cell.format(**row) for column, cell in cells.items()}))
    for what, said in PLAN["any_list"]["names"]:
        spoil(what, as_line(next(good) | {one["recipe"]["title"]: said}))
    for what, line in PLAN["any_list"]["lines"]:
        spoil(what, line)
    lines.append(lines[-2])
    notes[f"line {len(lines)}"] = f"the same row as line {len(lines) - 2}"
    folder.add(
        f"assets/{one['file'].removesuffix('.csv')}_faulty.csv",
        ("\n".join(lines) + "\n").encode("cp1252" if "voluntary" in one["file"] else "utf-8"),
        f"{one['title']}, with faults",
        "The usual faults of a list, between good rows, to see what becomes of them. No recipe names it.",
        one["fields"],
        "\n[faults]\n" + "".join(f'"{line}" = {json.dumps(what)}\n' for line, what in notes.items()),
    )


def make_town() -> dict[str, bytes]:
    """Every file of the town, by its name below data/."""
    rng = random.Random(PLAN["seed"])
    ground = lay_ground()
    nodes, stretches, blocks = build_streets(ground, rng)
    areas = build_areas(ground, blocks)
    sites = build_green_space(ground, nodes, blocks)
    stretches = turn_to_paths(stretches, sites)
    doors = build_doors(stretches, areas, sites, ground)
    settle(areas, sites)
    postcodes = build_postcodes(areas, doors, rng)
    assets = build_assets(areas, doors, postcodes, rng)
    east, north = PLAN["grid_corner"]

    folder = Folder()
    named = [{"area_code": area.code, "area_name": area.name} for area in areas]
    folder.layer("areas", named, [area.shape for area in areas])
    origins = [(area.code, area.origin[0] + east, area.origin[1] + north) for area in areas]
    folder.layer(
        "origins", [dict(zip(("area_code", "easting", "northing"), row, strict=True)) for row in origins]
    )
    folder.layer("population", [{"area_code": area.code, "population": area.population} for area in areas])
    folder.layer("deprivation", deprivation_rows(areas, rng))
    spots = zip(postcodes, on_globe([at for _, at, _ in postcodes], 6), strict=True)
    posts = [{"postcode": p, "lon": at.x, "lat": at.y, "area_code": area.code} for (p, _, area), at in spots]
    folder.layer("postcodes", posts)
    green = [{"site_id": site.site_id, "function": site.function, "name": site.name} for site in sites]
    folder.layer("green_space", green, [site.shape for site in sites])
    ways_in = [{"site_id": site.site_id, "access_type": kind} for site in sites for _, kind in site.entrances]
    folder.layer("entrances", ways_in, [at for site in sites for at, _ in site.entrances])
    railway = ground.railway & box(*PLAN["frame"])
    folder.layer("backdrop", [{"kind": "water"}, {"kind": "rail"}], [ground.water, railway])
    edges = [
        {
            "u": stretch.ends[0] + 1001,
            "v": stretch.ends[1] + 1001,
            "key": 0,
            "osmid": number,
            "name": stretch.street,
            "highway": stretch.highway,
            "length": round(stretch.line.length, 2),
        }
        for number, stretch in enumerate(stretches, start=5001)
    ]
    folder.layer("street_edges", edges, [stretch.line for stretch in stretches])
    folder.tell("[network]", {"file": "boundaries/street_edges.geojson"})
    corners = [
        {"osmid": number, "x": spot.x, "y": spot.y} for number, spot in enumerate(on_globe(nodes), start=1001)
    ]
    folder.layer("street_nodes", corners, nodes)
    for one in PLAN["lists"]:
        write_list(folder, one, assets)
    # From a seed of their own, so that the town stays as it is.
    asked_by = random.Random(PLAN["seed"] + 1)
    folder.layer("survey", survey_rows(areas, asked_by))
    folder.layer("ages", age_rows(areas, asked_by))
    for indicator in PLAN["indicators"]:
        folder.tell("[[indicators]]", indicator)
    return {**folder.files, "place.toml": folder.recipe.encode()}


def main(arguments: list[str]) -> int:
    """Write the town, or with ``--check`` say how data/ differs from it."""
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    files = make_town()
    if arguments:
        paths = [path for path in (*DATA.glob("*/*"), DATA / "place.toml") if path.is_file()]
        there = {path.relative_to(DATA).as_posix(): path.read_bytes() for path in paths}
        wrong = sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))
        for name in wrong:
            print(f"data/{name} is not what this script writes.", file=sys.stderr)
        return 1 if wrong else 0
    for name, content in files.items():
        (DATA / name).parent.mkdir(parents=True, exist_ok=True)
        (DATA / name).write_bytes(content)
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
