// Draws one place on one Leaflet map. Every word from a file goes in as text, never as HTML.
(function () {
  "use strict";

  const BACKDROP = {
    water: { color: "#5b8fb0", weight: 1, fillColor: "#a9c9dc", fillOpacity: 1 },
    rail: { color: "#555", weight: 2, dashArray: "7 4", fill: false },
    street: { color: "#8a8378", weight: 1, fill: false },
  };
  const GREEN = { color: "#0b5a26", weight: 1.5, fillColor: "#2f9e55", fillOpacity: 0.6 };
  const INK = "#111";
  // Wider than the outlines of the priorities in it, which are drawn above it.
  const PATCH = { color: "#882255", weight: 13, fill: false };
  // An area with less room than this on screen shows no figure, and is brought nearer when it is chosen.
  const ROOM_PX = 30;
  // Farther off than this, ways into green space are a smear.
  const WAYS_IN_ZOOM = 14;
  // Seen smaller than this, areas have no borders, which would hide their colours; and those of a large place have no details.
  const BORDER_PX = 8;
  // A place of more areas than this is drawn in detail only where the reader looks closely.
  const LARGE = 5000;
  // From more places than this, those that lie closer than so many pixels are told by their number; seen as near as that, all are apart.
  const CROWD = 2000;
  const CLUSTER_PX = 70;
  const APART = 3;
  const APART_ZOOM = 17;
  const state = { areas: new Map(), figures: new Map(), marks: [], places: [], only: [], turn: 0, shades: new Map(), bordered: true, fine: new Set(), clustered: new Map() };

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function lines(...texts) {
    const box = element("div");
    texts.filter(Boolean).forEach((text, n) => box.append(element(n ? "div" : "strong", "", text)));
    return box;
  }

  function pattern(size, paint) {
    const tile = element("canvas");
    tile.width = tile.height = size;
    const ink = tile.getContext("2d");
    paint(ink, size);
    return ink.createPattern(tile, "repeat");
  }

  // Black beside white, so that the stripes show on the darkest shade as on the lightest.
  function stripes(ink, size) {
    for (const [colour, width, aside] of [["#fff", 1.2, 1.6], ["#111", 1.4, 0]]) {
      ink.strokeStyle = colour;
      ink.lineWidth = width;
      for (const shift of [-size, 0, size]) {
        ink.beginPath();
        ink.moveTo(shift + aside - 1, size + 1);
        ink.lineTo(shift + aside + size + 1, -1);
        ink.stroke();
      }
    }
  }

  // Not known: hatched both ways, where the stripes of what is low run one way.
  function hatch(ink, size) {
    ink.fillStyle = "#e6e6e6";
    ink.fillRect(0, 0, size, size);
    ink.strokeStyle = "#5c5c5c";
    ink.beginPath();
    ink.moveTo(0, 0);
    ink.lineTo(size, size);
    ink.moveTo(size, 0);
    ink.lineTo(0, size);
    ink.stroke();
  }

  // Every way to move the map that dragging gives, as a press of one button (WCAG 2.5.7).
  function bar(map) {
    const box = element("div", "leaflet-bar am-bar");
    const acts = [
      ["+", "Zoom in", () => map.zoomIn(1)], ["−", "Zoom out", () => map.zoomOut(1)],
      ["↑", "Move up", () => map.panBy([0, -120])], ["↓", "Move down", () => map.panBy([0, 120])],
      ["←", "Move left", () => map.panBy([-120, 0])], ["→", "Move right", () => map.panBy([120, 0])],
      ["⤢", "Show the whole place", () => fit(true)],
    ];
    for (const [sign, name, act] of acts) {
      const button = element("button", "", sign);
      button.type = "button";
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
      box.append(button);
    }
    if (state.look.locates && navigator.geolocation && window.isSecureContext) box.append(locator(map));
    L.DomEvent.disableClickPropagation(box);
    return box;
  }

  // Where the reader is, as if they had tapped there: it goes to this app alone, which keeps it no longer than the page.
  function locator(map) {
    const button = element("button", "", "◎");
    button.type = "button";
    button.title = "Use my location";
    button.setAttribute("aria-label", button.title);
    button.addEventListener("click", () => {
      const found = ({ coords }) => map.fire("click", { latlng: L.latLng(coords.latitude, coords.longitude) });
      const failed = () => {
        const told = element("span", "", "Your location cannot be told here. Tap the map where you are instead.");
        L.popup().setLatLng(map.getCenter()).setContent(told).openOn(map);
      };
      navigator.geolocation.getCurrentPosition(found, failed, { timeout: 10000 });
    });
    return button;
  }

  const LINE = { color: "#0b57d0", weight: 3, fillColor: "#0b57d0", fillOpacity: 0.15, interactive: false };
  const KEPT = { color: "#111", weight: 2, dashArray: "6 4", fill: false, interactive: false };

  // An outline by its corners: each tap or click sets one. What is finished goes to the page, which paints it back.
  function drawTool(map) {
    const box = element("div", "leaflet-bar am-draw");
    const told = element("span", "am-draw-told");
    told.setAttribute("role", "status");
    const corners = [];
    const acts = { draw: ["Draw a neighbourhood", begin], finish: ["Finish", finish], undo: ["Undo", undo], cancel: ["Cancel", cancel] };
    const buttons = {};
    for (const [name, [label, act]] of Object.entries(acts)) {
      const button = element("button", "", label);
      button.type = "button";
      button.addEventListener("click", act);
      buttons[name] = button;
      box.append(button);
    }
    box.append(told);
    L.DomEvent.disableClickPropagation(box);

    function show(drawing) {
      buttons.draw.hidden = drawing;
      for (const name of ["finish", "undo", "cancel"]) buttons[name].hidden = !drawing;
      // Not disabled, which would lose the focus of whoever just pressed it.
      buttons.finish.setAttribute("aria-disabled", corners.length < 3);
      buttons.undo.setAttribute("aria-disabled", !corners.length);
      const count = corners.length === 1 ? "1 corner" : `${corners.length} corners`;
      told.textContent = !drawing ? "" : corners.length ? count : "Tap the corners";
      if (!drawing) return;
      const line = state.groups.drawn.clearLayers();
      L.polygon(corners, LINE).addTo(line);
      corners.forEach((at) => L.circleMarker(at, { ...LINE, radius: 6, fillColor: "#fff", fillOpacity: 1 }).addTo(line));
    }

    function corner(event) {
      corners.push(event.latlng);
      show(true);
    }

    // The areas and marks are deaf while somebody draws, so that a tap sets a corner and does nothing else.
    function listen(drawing) {
      map.getContainer().classList.toggle("am-drawing", drawing);
      map[drawing ? "on" : "off"]("click", corner);
      map.doubleClickZoom[drawing ? "disable" : "enable"]();
      corners.length = 0;
      show(drawing);
      (drawing ? buttons.cancel : buttons.draw).focus();
    }

    function begin() {
      map.closePopup();
      listen(true);
    }

    function undo() {
      corners.pop();
      show(true);
    }

    function cancel() {
      listen(false);
      outlined(state.paint && state.paint.line);
    }

    function finish() {
      if (corners.length < 3) {
        told.textContent = "Three are needed";
        return;
      }
      const ring = [...corners, corners[0]].map(({ lat, lng }) => [+lng.toFixed(6), +lat.toFixed(6)]);
      const geometry = { type: "Polygon", coordinates: [ring] };
      listen(false);
      outlined(geometry);
      // st_folium listens to what Leaflet's own drawing tools say.
      map.fire("draw:created", {
        layerType: "polygon",
        layer: { toGeoJSON: () => ({ type: "Feature", geometry, properties: { turn: ++state.turn } }) },
      });
    }

    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && buttons.draw.hidden) cancel();
    });
    show(false);
    return box;
  }

  // How far one can walk: a line of its own kind for each number of minutes, and the number on it.
  const WALKS = { color: "#5e2a84", weight: 3, fillColor: "#5e2a84", fillOpacity: 0.07, interactive: false };
  const DASHES = [null, "9 6", "2 6"];

  function walked(walks, start) {
    const group = state.groups.walks.clearLayers();
    walks.forEach(([within, geometry], n) => {
      const options = { interactive: false, style: { ...WALKS, color: "#fff", weight: 6, fill: false } };
      L.geoJSON(geometry, options).addTo(group);
      const shape = L.geoJSON(geometry, { ...options, style: { ...WALKS, dashArray: DASHES[walks.length - 1 - n] } });
      shape.addTo(group);
      const corners = [geometry.coordinates].flat(Infinity);
      const north = corners.filter((_, each) => each % 2).reduce((best, lat, each) => (lat > corners[2 * best + 1] ? each : best), 0);
      const icon = L.divIcon({ className: "am-label am-walk", html: element("span", "", `${within} min`), iconSize: null });
      L.marker([corners[2 * north + 1], corners[2 * north]], { icon, interactive: false, keyboard: false }).addTo(group);
    });
    if (start) L.circleMarker(start, { ...WALKS, radius: 7, color: "#fff", fillOpacity: 1 }).addTo(group);
    const from = String(start);
    if (start && from !== state.start) state.map.fitBounds(group.getBounds(), { padding: [30, 54] });
    state.start = from;
  }

  // The outline that the page knows of, or none; those that have a name are kept already.
  function outlined(geometry) {
    if (document.querySelector(".am-drawing")) return;
    state.groups.drawn.clearLayers();
    if (!geometry) return;
    const name = (feature) => (feature.properties || {}).name;
    const shown = L.geoJSON(geometry, { style: (feature) => (name(feature) ? KEPT : LINE), interactive: false });
    shown.addTo(state.groups.drawn).eachLayer((each) => {
      const label = { permanent: true, direction: "center", className: "am-own-name" };
      if (name(each.feature)) each.bindTooltip(element("span", "", name(each.feature)), label);
    });
  }

  function controls(map) {
    const control = (position, make) => new (L.Control.extend({ options: { position }, onAdd: make }))().addTo(map);
    control("topleft", bar);
    if (state.look.draws) control("topleft", drawTool);
    L.control.scale({ imperial: false }).addTo(map);
    if (state.look.details) {
      state.closer = element("div", "am-closer", "Zoom in for borders, figures, priorities and what is low on social resources");
      state.closer.hidden = true;
      control("bottomleft", () => state.closer);
    }
    if (state.look.fictional) control("bottomleft", () => element("div", "am-fictional", state.look.fictional));
    const overlays = {};
    for (const [name, label] of Object.entries(state.look.overlays)) overlays[label] = state.groups[name];
    if (state.served && state.look.base) overlays[state.look.base.label] = online(map, state.look.base);
    L.control.layers(null, overlays, { collapsed: map.getSize().x < 900 }).addTo(map);
  }

  // Tiles from elsewhere, for whoever switches them on: until then nobody but this app is asked for anything.
  function online(map, { url, attribution, max_zoom, failed }) {
    const tiles = L.tileLayer(url, { attribution, maxNativeZoom: max_zoom, maxZoom: 19 });
    let arrived = false;
    const show = (opacity) => state.areas.forEach((area) => area.setStyle({ fillOpacity: opacity }));
    tiles.on("add", () => show(0.45)).on("remove", () => show(0.8));
    tiles.on("tileload", () => { arrived = true; });
    tiles.on("tileerror", () => {
      if (arrived || !map.hasLayer(tiles)) return;
      tiles.remove();
      L.popup().setLatLng(map.getCenter()).setContent(element("span", "", failed)).openOn(map);
    });
    return tiles;
  }

  // The strips at the top and the bottom are kept free for the controls.
  function fit(animate) {
    state.map.fitBounds(state.look.bounds, { animate, paddingTopLeft: [8, 54], paddingBottomRight: [8, 54] });
  }

  // Leaflet's canvas draws in order of arrival; a layer switched on again would cover the marks.
  function stack() {
    for (const [name, group] of Object.entries(state.groups)) {
      // What lies lowest needs no lifting.
      if (name !== "backdrop" && name !== "areas") group.bringToFront();
    }
  }

  function restack() {
    stack();
    cluster();
    declutter();
  }

  // How much room an area has on screen: the shorter side of its box, in pixels.
  function room(code) {
    const bounds = state.areas.get(code).getBounds();
    const [one, other] = [bounds.getNorthWest(), bounds.getSouthEast()].map((at) => state.map.latLngToLayerPoint(at));
    return Math.min(other.x - one.x, other.y - one.y);
  }

  // A figure that would hide its area and its neighbours waits until the map is nearer; so does one that is out of sight.
  function declutter() {
    if (!state.applied) return;
    const { groups, paint, areas } = state;
    const view = state.map.getBounds().pad(0.2);
    const close = !state.bordered ? [] : areas;
    const wanted = new Set();
    for (const [code, area] of close) {
      if (paint.areas[code].figure && view.intersects(area.getBounds()) && room(code) >= ROOM_PX) wanted.add(code);
    }
    for (const [code, figure] of state.figures) {
      if (wanted.has(code)) continue;
      groups.figures.removeLayer(figure);
      state.figures.delete(code);
    }
    for (const code of wanted) {
      if (state.figures.has(code)) continue;
      const { figure, rank } = paint.areas[code];
      const drawn = label(code, rank ? "am-figure am-beside" : "am-figure", figure);
      state.figures.set(code, drawn.addTo(groups.figures));
    }
  }

  const large = () => state.areas.size > LARGE;

  // How large a usual area is on screen, in pixels.
  function usualRoom() {
    if (!state.sample) {
      const every = [...state.areas.keys()];
      const step = Math.ceil(every.length / 200);
      const rooms = every.filter((_, n) => n % step === 0).map(room).sort((one, other) => one - other);
      state.sample = rooms[rooms.length >> 1] / 2 ** state.map.getZoom();
    }
    return state.sample * 2 ** state.map.getZoom();
  }

  function borders() {
    const bordered = usualRoom() >= BORDER_PX;
    if (bordered === state.bordered) return;
    state.bordered = bordered;
    state.areas.forEach((area) => area.setStyle({ stroke: bordered }));
    if (state.closer) state.closer.hidden = bordered;
  }

  // What stands above the colours: of a small place all at once, of a large one what is in view and large enough to see.
  function highlights() {
    const { groups, areas, paint } = state;
    for (const name of ["low", "priority"]) groups[name].clearLayers();
    if (large() && !state.bordered) return;
    const view = state.map.getBounds().pad(0.2);
    for (const [code, area] of areas) {
      const { low, rank } = paint.areas[code];
      if (!(low || rank) || (large() && !view.intersects(area.getBounds()))) continue;
      if (low) {
        outline(code, { fill: true, fillColor: state.patterns.low, fillOpacity: 1, color: "#fff", weight: 3 }).addTo(groups.low);
        outline(code, { color: INK, weight: 2, dashArray: "3 5" }).addTo(groups.low);
      }
      if (rank) {
        cased(groups.priority, code, 4);
        label(code, "am-badge", String(rank)).addTo(groups.priority);
      }
    }
  }

  // The fine shapes of the areas in view, once they are large enough for the difference to be seen.
  function refine() {
    if (!state.look.details || !state.ready || !state.bordered) return;
    const view = state.map.getBounds();
    for (const [bounds, source] of state.look.details) {
      if (state.fine.has(source) || !view.intersects(bounds)) continue;
      state.fine.add(source);
      fetched(source).then((shapes) => {
        for (const [code, geometry] of Object.entries(shapes)) {
          const depth = geometry.type === "Polygon" ? 1 : 2;
          state.areas.get(code).setLatLngs(L.GeoJSON.coordsToLatLngs(geometry.coordinates, depth));
        }
        mark(state.paint.selected);
        state.late = state.late || setTimeout(() => { state.late = 0; moved(); }, 50);
      }).catch(() => state.fine.delete(source));
    }
  }

  function moved() {
    if (!state.applied) return;
    borders();
    refine();
    cluster();
    if (large()) { highlights(); stack(); }
    declutter();
  }

  // A file of the app: compressed already, and named after its content, so that what the browser has is never stale.
  async function fetched(source) {
    const answer = await fetch(source, { cache: "force-cache" });
    if (!answer.ok) throw new Error(answer.statusText);
    return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).json();
  }

  function marker() {
    return L.CircleMarker.extend({
      _updatePath: function () {
        const renderer = this._renderer;
        if (!renderer._drawing || this._empty()) return;
        const ink = renderer._ctx;
        const size = this.options.radius / 10;
        ink.save();
        ink.translate(this._point.x, this._point.y);
        ink.scale(size, size);
        ink.lineJoin = "round";
        ink.lineWidth = 5;
        ink.strokeStyle = "#fff";
        ink.stroke(this.options.shape);
        ink.fillStyle = this.options.fillColor;
        ink.fill(this.options.shape);
        ink.restore();
      },
    });
  }

  function addAreas(rows) {
    for (const [code, name, geometry, at] of rows) {
      const corners = L.GeoJSON.coordsToLatLngs(geometry.coordinates, geometry.type === "Polygon" ? 1 : 2);
      const area = L.polygon(corners, { color: "#4a4a4a", weight: 1, fillOpacity: 0.8 });
      Object.assign(area, { code, name, labelAt: at });
      // A click tells the page which area it was, each time anew, and nothing else.
      area.toGeoJSON = () => (
        { type: "Feature", geometry: null, properties: { area_code: code, turn: ++state.turn } }
      );
      state.areas.set(code, area.addTo(state.groups.areas));
    }
    // Heard by all of them together: of tens of thousands, each with ears of its own would be slow to begin with.
    const said = ({ code, name }) => lines(name, ((state.paint ? state.paint.areas[code] : null) || {}).value);
    state.groups.areas.bindTooltip(said, { sticky: true })
      .on("click", ({ layer }) => clicked(layer.code))
      .on("mouseover", ({ layer }) => layer.setStyle({ weight: 3 }))
      .on("mouseout", ({ layer }) => layer.setStyle({ weight: 1 }));
  }

  function addGreen(rows) {
    for (const [name, kind, geometry, at, ident] of rows) {
      const site = L.GeoJSON.geometryToLayer({ type: "Feature", geometry });
      site.setStyle(GREEN).bindTooltip(() => lines(name, kind), { sticky: true });
      site.toGeoJSON = null;
      site.on("click", (event) => {
        const under = [...state.areas.values()].find((area) => area._containsPoint(event.layerPoint));
        if (under) under.fire("click", { latlng: event.latlng }, true);
      });
      keep(site, kind, state.groups.green);
      addMark(name, kind, "green_space", [], at, "", ident);
    }
  }

  // Seen from afar, marks of full size would hide the areas they stand in.
  function scale() {
    return Math.min(1.1, Math.max(0.5, 2 ** ((state.map.getZoom() - 15) / 2)));
  }

  // The way to claim, correct or remove a listing; a page that stands alone has none. The frame that Streamlit puts the
  // map in may open a tab, and may not lead the page around it elsewhere.
  function ours(listing) {
    const link = element("a", "am-ours", "This is us: correct, claim or remove (new tab)");
    const { pathname, search } = window.parent.location;
    const asked = new URLSearchParams({ place: new URLSearchParams(search).get("place") || "", listing });
    link.href = `${pathname.replace(/[^/]*$/, "")}listings?${asked}`;
    link.target = "_blank";
    return link;
  }

  function told(name, kind, said, listing) {
    const box = lines(name, kind, ...said);
    if (listing && state.served) box.append(ours(listing));
    return box;
  }

  function addMark(...row) {
    const mark = makeMark(...row);
    const [, kind, theme] = row;
    state.marks.push(mark);
    keep(mark, kind, theme === "green_space" ? state.groups.green : state.groups[theme]);
  }

  function makeMark(name, kind, theme, said, at, listing, ident = listing) {
    const { colour, size } = state.look.themes[theme];
    const mark = new state.Mark(at, { shape: state.shapes[theme], fillColor: colour, size, radius: size * scale() });
    mark.bindTooltip(() => lines(name, kind)).bindPopup(() => told(name, kind, said, listing));
    mark.on("popupopen", () => mark.closeTooltip());
    mark.toGeoJSON = null;
    if (state.look.picks) mark.on("click", () => picked(ident, mark));
    return mark;
  }

  // Of very many places, those in view: each with its mark, or where they would lie upon each other how many there are.
  function cluster() {
    if (!state.crowd) return;
    const { map, groups, only } = state;
    const zoom = map.getZoom();
    const view = map.getBounds().pad(0.3);
    const cells = new Map();
    for (const row of state.crowd) {
      const [, kind, theme, , at] = row;
      if (!map.hasLayer(groups[theme]) || !view.contains(at) || (only.length && !only.includes(kind))) continue;
      const { x, y } = map.project(at, zoom).divideBy(CLUSTER_PX).floor();
      const cell = `${theme} ${zoom} ${x} ${y}`;
      if (!cells.has(cell)) cells.set(cell, []);
      cells.get(cell).push(row);
    }
    const wanted = new Map();
    for (const [cell, rows] of cells) {
      const apart = rows.length <= APART || zoom >= APART_ZOOM;
      if (!apart) wanted.set(`${cell} ${rows.length}`, () => bubble(rows));
      else for (const row of rows) wanted.set(`${zoom} ${row[5]}`, () => makeMark(...row).addTo(groups[row[2]]));
    }
    // What is wanted still stays, with its pop-up.
    for (const [name, drawn] of state.clustered) {
      if (wanted.has(name)) continue;
      for (const group of Object.values(groups)) group.removeLayer(drawn);
      state.clustered.delete(name);
    }
    for (const [name, draw] of wanted) if (!state.clustered.has(name)) state.clustered.set(name, draw());
  }

  function bubble(rows) {
    const { map, look, groups } = state;
    const theme = rows[0][2];
    const middle = (axis) => rows.reduce((sum, row) => sum + row[4][axis], 0) / rows.length;
    const html = element("span", "", rows.length.toLocaleString("en-GB"));
    const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sign.setAttribute("viewBox", "-13 -13 26 26");
    const path = sign.appendChild(document.createElementNS(sign.namespaceURI, "path"));
    path.setAttribute("d", look.themes[theme].path);
    path.setAttribute("fill", look.themes[theme].colour);
    html.prepend(sign);
    const icon = L.divIcon({ className: "am-cluster", html, iconSize: null });
    // Above the figures of areas, below the ranks of priorities.
    const drawn = L.marker([middle(0), middle(1)], { icon, keyboard: false, zIndexOffset: 500 });
    drawn.toGeoJSON = null;
    drawn.on("click", () => map.setView(drawn.getLatLng(), zoomOf(rows)));
    return drawn.addTo(groups[theme]);
  }

  // As near as shows all of them, and nearer than now.
  function zoomOf(rows) {
    const nearer = state.map.getZoom() + 1;
    return Math.max(nearer, Math.min(APART_ZOOM, state.map.getBoundsZoom(L.latLngBounds(rows.map((row) => row[4])))));
  }

  function keep(shape, kind, group) {
    state.places.push([shape.addTo(group), kind, group]);
  }

  // The places of some kinds alone, or all; a layer that holds one of these kinds is switched on for them.
  function showOnly(kinds) {
    if (kinds.join() === state.only.join()) return;
    state.only = kinds;
    const wanted = kinds.length > 0;
    let number = 0;
    for (const [shape, kind, group] of state.places) {
      const shown = !wanted || kinds.includes(kind);
      number += shown && shape instanceof state.Mark;
      if (shown !== group.hasLayer(shape)) group[shown ? "addLayer" : "removeLayer"](shape);
      if (wanted && shown && !state.map.hasLayer(group)) group.addTo(state.map);
    }
    for (const [, kind, theme] of state.crowd || []) {
      if (wanted && !kinds.includes(kind)) continue;
      number += 1;
      if (wanted && !state.map.hasLayer(state.groups[theme])) state.groups[theme].addTo(state.map);
    }
    cluster();
    state.map.getContainer().dataset.places = number;
  }

  // A click on a mark tells the page which place it was, by a group that st_folium always hears.
  function picked(ident, mark) {
    if (state.map.getContainer().classList.contains("am-drawing")) return;
    state.spotted = ident;
    const said = { type: "Feature", geometry: null, properties: { asset_id: ident, turn: ++state.turn } };
    state.groups.selected.fire("click", { latlng: mark.getLatLng(), layer: { toGeoJSON: () => said } });
  }

  // The chosen place: a ring and its name, whatever layers are shown.
  function spotted(spot) {
    const group = state.groups.spot.clearLayers();
    if (!spot) return;
    const ring = { radius: 16, fill: false, interactive: false };
    L.circleMarker(spot.at, { ...ring, color: "#fff", weight: 8 }).addTo(group);
    L.circleMarker(spot.at, { ...ring, color: INK, weight: 3 }).addTo(group);
    const label = { permanent: true, direction: "bottom", offset: [0, 16], className: "am-own-name" };
    L.circleMarker(spot.at, { radius: 3, color: "#fff", weight: 2, fillColor: INK, fillOpacity: 1, interactive: false })
      .bindTooltip(element("span", "", spot.name), label).addTo(group);
  }

  function fill(data) {
    const under = { renderer: L.canvas({ pane: "backdrop" }), interactive: false };
    for (const [kind, geometry] of data.backdrop) {
      L.geoJSON(geometry, { ...under, style: { ...BACKDROP[kind], ...under } }).addTo(state.groups.backdrop);
    }
    addAreas(data.areas);
    addGreen(data.green);
    const ways = { renderer: L.canvas({ pane: "entrances" }), interactive: false };
    for (const at of data.entrances) {
      L.circleMarker(at, { ...ways, radius: 4, weight: 2, color: GREEN.color, fillColor: "#fff", fillOpacity: 1 })
        .addTo(state.groups.entrances);
    }
    if (data.assets.length > CROWD) state.crowd = data.assets.filter(([, , theme]) => theme !== "green_space");
    for (const row of data.assets) if (!state.crowd || row[2] === "green_space") addMark(...row);
    state.ready = true;
    if (state.paint) painted(state.paint);
  }

  // For whoever asks for less motion: every move and zoom is over at once.
  function still(map) {
    map._zoomAnimated = false;
    Object.assign(map.options, { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false });
    const pan = map.panBy.bind(map);
    map.panBy = (offset, options) => pan(offset, { ...options, animate: false });
  }

  // st_folium tells the page of a click after a quarter of a second. This tells it at once and in the same words, so that what
  // st_folium would say later is known already and not said again; where it is not as expected, st_folium says it as ever.
  function hurry() {
    const known = window.__GLOBAL_DATA__;
    if (!known || !known.returned_objects) return;
    const value = { last_clicked: known.lat_lng_clicked, last_active_drawing: known.last_active_drawing };
    for (const name of Object.keys(value)) if (!known.returned_objects.includes(name)) delete value[name];
    if (Object.keys(value).length !== known.returned_objects.length) return;
    known.previous_data = value;
    window.parent.postMessage({ isStreamlitMessage: true, type: "streamlit:setComponentValue", value, dataType: "json" }, "*");
  }

  function draw(map, source, look) {
    Object.assign(state, { map, look });
    state.Mark = marker();
    state.shapes = {};
    for (const [id, theme] of Object.entries(look.themes)) state.shapes[id] = new Path2D(theme.path);
    state.patterns = { low: pattern(9, stripes), unknown: pattern(7, hatch) };
    const pane = map.createPane("backdrop");
    pane.style.zIndex = 350;
    pane.style.pointerEvents = "none";
    // Ways in are drawn where a single one can be told from the next.
    const ways = map.createPane("entrances");
    Object.assign(ways.style, { zIndex: 410, pointerEvents: "none" });
    const near = () => { ways.style.display = map.getZoom() < WAYS_IN_ZOOM ? "none" : ""; };
    map.on("zoomend", near);
    // From the bottom up; each is on the map before its data, so that st_folium hears its clicks.
    const names = [
      "backdrop", "areas", "low", "green", "entrances", "walks", "patches", "priority", "selected",
      "services", "meeting_places", "groups", "hubs", "spot", "figures", "drawn",
    ];
    state.groups = Object.fromEntries(names.map((name) => [name, L.featureGroup()]));
    for (const [name, group] of Object.entries(state.groups)) {
      if (!look.hidden.includes(name)) group.addTo(map);
    }
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) still(map);
    map.attributionControl.setPrefix(false).addAttribution(look.attribution);
    fit(false);
    near();
    // A wheel turned over the map scrolls the page until the reader has taken hold of the map.
    map.scrollWheelZoom.disable();
    map.on("focus", () => map.scrollWheelZoom.enable()).on("blur", () => map.scrollWheelZoom.disable());
    map.on("overlayadd", restack);
    map.on("zoomend", () => state.marks.forEach((mark) => mark.setRadius(mark.options.size * scale())));
    map.on("moveend", moved);
    // The table tells the same figures with their areas; by themselves they are noise to a screen reader.
    map.getPane("markerPane").setAttribute("aria-hidden", "true");
    // folium asks browsers not to let the reader enlarge the page.
    const scaling = document.querySelector("meta[name=viewport][content*=user-scalable]");
    if (scaling) scaling.content = "width=device-width, initial-scale=1";
    const box = map.getContainer();
    // Leaflet takes the focus at a touch; were the page to scroll for that, the touch would hit another area.
    const focus = box.focus.bind(box);
    box.focus = () => focus({ preventScroll: true });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", look.title);
    if (window.frameElement) window.frameElement.title = look.title;
    state.served = typeof source !== "object";
    // Once every listener has heard it.
    if (state.served) map.on("click draw:created", () => setTimeout(hurry));
    controls(map);
    if (!state.served) fill(source);
    else {
      fetched(source).then(fill).catch(failed);
    }
  }

  function outline(code, style) {
    const shape = state.areas.get(code).getLatLngs();
    return L.polygon(shape, { fill: false, interactive: false, ...style });
  }

  function cased(group, code, weight, style) {
    outline(code, { color: "#fff", weight: weight + 4 }).addTo(group);
    outline(code, { color: INK, weight, ...style }).addTo(group);
  }

  function label(code, className, text) {
    const icon = L.divIcon({ className: "am-label " + className, html: element("span", "", text), iconSize: null });
    const zIndexOffset = className === "am-badge" ? 1000 : 0;
    return L.marker(state.areas.get(code).labelAt, { icon, interactive: false, keyboard: false, zIndexOffset });
  }

  function apply() {
    const { groups, areas, patterns, paint } = state;
    // What a click or a walk changes leaves the shades as they are.
    if (state.applied !== paint.areas) {
      state.applied = paint.areas;
      groups.patches.clearLayers();
      for (const geometry of paint.patches || []) L.geoJSON(geometry, { style: PATCH, interactive: false }).addTo(groups.patches);
      groups.figures.clearLayers();
      state.figures.clear();
      for (const [code, area] of areas) {
        const look = paint.areas[code];
        const fillColor = look.unknown ? patterns.unknown : look.fill;
        if (area.options.fillColor !== fillColor) area.setStyle({ fillColor });
      }
      borders();
      refine();
      highlights();
    }
    mark(paint.selected);
    spotted(paint.spot);
    outlined(paint.line);
    walked(paint.walks || [], paint.start);
    restack();
    // Told once it is on the screen.
    L.Util.requestAnimFrame(() => L.Util.requestAnimFrame(() => { state.map.getContainer().dataset.shade = paint.shade || ""; }));
  }

  function mark(code) {
    const { groups } = state;
    groups.selected.clearLayers();
    if (!state.areas.has(code)) return;
    cased(groups.selected, code, 4, { color: "#0b57d0", dashArray: "10 6" });
    const other = state.paint && state.paint.beside;
    if (state.areas.has(other) && other !== code) {
      cased(groups.selected, other, 4, { color: "#7a3e00", dashArray: "1 8" });
      label(code, "am-letter", "A").addTo(groups.selected);
      label(other, "am-letter", "B").addTo(groups.selected);
    }
    restack();
  }

  // Bring a newly chosen area into view: nearer where it is too small to read, else with the reader's own zoom.
  function reveal(code) {
    if (code === state.revealed) return;
    const before = state.revealed;
    state.revealed = code;
    if (!state.areas.has(code)) {
      if (before) fit(true);
      return;
    }
    const { map } = state;
    const bounds = state.areas.get(code).getBounds();
    if (room(code) < ROOM_PX) map.setView(bounds.getCenter(), Math.max(map.getZoom(), map.getBoundsZoom(bounds.pad(1.5))));
    else if (!map.getBounds().contains(bounds)) map.panTo(bounds.getCenter());
  }

  // A shade by its address is fetched first; of several in a row, the last is drawn.
  function paint(next) {
    state.asked = next;
    if (!next.shade) return painted(next);
    if (!state.shades.has(next.shade)) {
      state.shades.set(next.shade, fetched(next.shade).then(({ looks, codes, patches }) => {
        const areas = {};
        for (const code of Object.keys(codes)) areas[code] = looks[codes[code]];
        return { areas, patches };
      }));
    }
    state.shades.get(next.shade).then((shade) => {
      if (state.asked === next) painted({ ...shade, ...next });
    }).catch(() => {
      state.shades.delete(next.shade);
      failed();
    });
  }

  function painted(next) {
    state.paint = next;
    if (!state.ready) return;
    showOnly(next.only || []);
    apply();
    reveal(next.selected);
    revealed(next);
  }

  // Bring a newly chosen place into view, and two areas that are newly compared.
  function revealed({ selected, beside, spot }) {
    const { map, areas } = state;
    const pair = areas.has(selected) && areas.has(beside) ? `${selected} ${beside}` : "";
    if (pair && pair !== state.pair) {
      const both = areas.get(selected).getBounds().extend(areas.get(beside).getBounds());
      if (!map.getBounds().contains(both)) map.fitBounds(both, { padding: [30, 54] });
    }
    const anew = pair && pair !== state.pair;
    state.pair = pair;
    const ident = spot ? spot.id : "";
    if (ident && ident !== state.spotted && !anew && (map.getZoom() < 15 || !map.getBounds().contains(spot.at))) {
      map.setView(spot.at, Math.max(map.getZoom(), 15));
    }
    state.spotted = ident;
  }

  function failed() {
    const box = state.map.getContainer();
    if (box.querySelector(".am-failed")) return;
    box.append(element("p", "am-failed", "The map's layers could not be read. Reload the page to try again."));
  }

  // What the reader clicked is in view already.
  function clicked(code) {
    state.revealed = code;
    select(code);
  }

  function select(code) {
    if (state.asked) state.asked.selected = code;
    if (state.paint) state.paint.selected = code;
    mark(code);
    reveal(code);
    if (state.onselect) state.onselect(code);
  }

  window.assetmap = {
    draw, paint, select,
    onselect: (listener) => { state.onselect = listener; },
  };
})();
