// [data-map]: shops on a plain ground (or on tiles, where some are configured), fast with thousands
// because they are drawn on one canvas. The format of the data stands in docs/components.md.

import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import { colour, onPaletteChange, readData, toneColour } from "./palette";
import { hull, paint, type Shape } from "./shapes";

type Shop = [latitude: number, longitude: number, group: number, area: number, name: string, address: string, words: string, label?: string];

interface MapData {
  groups: { name: string; letter?: string; tone?: string; shape?: Shape }[];
  areas: string[];
  shops: Shop[];
  way?: boolean; // the shops stand in the order of a way, which is drawn
}

const LETTERS_FROM = 14; // the zoom at which there is room for a group's letter
const RADIUS = 11; // pixels, from there on

/** Far away, thousands of shops must not cover one another. */
function radiusAt(zoom: number): number {
  return zoom >= LETTERS_FROM ? RADIUS : zoom >= 12 ? 6.5 : zoom >= 10 ? 5 : 4;
}

/** A shop; drawn as its group's shape, with its letter where there is room. */
class Mark extends L.CircleMarker {
  declare _renderer: L.Canvas & { _ctx: CanvasRenderingContext2D; _drawing: boolean };
  declare _point: L.Point;
  declare _map: L.Map;
  shape: Shape = "circle";
  letter = "";
  numbered = false; // a stop of a way: large, and with its number at any zoom

  _updatePath(): void {
    if (!this._renderer._drawing) return;
    const zoom = this._map.getZoom();
    paint(this._renderer._ctx, this._point, {
      shape: this.shape, fill: this.options.fillColor!, edge: this.options.color!,
      letter: this.numbered || zoom >= LETTERS_FROM ? this.letter : "", radius: this.numbered ? RADIUS : radiusAt(zoom),
    });
  }
}

export function drawMaps(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>("[data-map]")) {
    if (box.dataset.drawn) continue;
    box.dataset.drawn = "begun";
    read(box).then(
      (data) => {
        draw(box, data);
        box.dataset.drawn = "yes";
      },
      (problem) => {
        box.textContent = box.dataset.wordsFailed ?? "";
        console.error(problem);
      },
    );
  }
}

async function read(box: HTMLElement): Promise<MapData> {
  if (!box.dataset.src) return readData<MapData>(box.dataset.map ?? "");
  const answer = await fetch(box.dataset.src, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} from ${box.dataset.src}`);
  return (await answer.json()) as MapData;
}

function draw(box: HTMLElement, data: MapData): void {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, {
    preferCanvas: true, renderer: L.canvas({ tolerance: 8 }), zoomControl: false, maxZoom: 18, zoomSnap: 0.5,
    zoomAnimation: !calm, fadeAnimation: false, attributionControl: Boolean(box.dataset.tiles),
    scrollWheelZoom: false, // the wheel moves the page; + and − or two fingers zoom
  });
  const { wordsIn = "+", wordsOut = "−", tiles, attribution = "" } = box.dataset;
  L.control.zoom({ zoomInTitle: wordsIn, zoomOutTitle: wordsOut }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (tiles) L.tileLayer(tiles, { maxZoom: 18, attribution }).addTo(map);

  const placed = data.shops.filter(([latitude, longitude]) => latitude !== null && longitude !== null);
  const boundaries = data.areas.flatMap((name, area) => {
    const edge = hull(placed.filter((shop) => shop[3] === area).map(([lat, lng]) => [lat, lng]));
    if (edge.length < 3) return [];
    const polygon = L.polygon(edge, { interactive: false, weight: 1.5, dashArray: "6 4", fillOpacity: 0.35 });
    polygon.bindTooltip(name, { permanent: true, direction: "center", className: "area-name" });
    return [polygon.addTo(map)];
  });

  const way = data.way
    ? L.polyline(placed.map(([lat, lng]) => [lat, lng]), { interactive: false, weight: 2.5, opacity: 0.8 }).addTo(map)
    : null;

  const layers = data.groups.map(() => L.layerGroup().addTo(map));
  const others = L.layerGroup().addTo(map);
  // The first group (the worst) is drawn last, above the others.
  placed.sort((a, b) => b[2] - a[2]);
  const marks = placed.map((shop) => {
    const [latitude, longitude, group] = shop;
    const mark = new Mark([latitude, longitude], { radius: radiusAt(0), weight: 1.5 });
    mark.shape = data.groups[group]?.shape ?? "circle";
    mark.letter = shop[7] ?? data.groups[group]?.letter ?? "";
    mark.numbered = Boolean(data.way);
    mark.bindPopup(() => popup(shop, data));
    (layers[group] ?? others).addLayer(mark);
    return { mark, group };
  });

  const tint = () => {
    boundaries.forEach((edge) => edge.setStyle({ color: colour("--muted"), fillColor: colour("--surface") }));
    way?.setStyle({ color: colour("--accent") });
    marks.forEach(({ mark, group }) => {
      const fillColor = group < 0 ? colour("--muted") : toneColour(data.groups[group]?.tone, group);
      mark.setStyle({ color: colour("--surface"), fillColor });
    });
    legend(box, data, layers, map);
  };
  tint();
  onPaletteChange(tint);

  if (placed.length) {
    map.fitBounds(L.latLngBounds(placed.map(([latitude, longitude]) => [latitude, longitude])), { padding: [24, 24], maxZoom: 16 });
  } else {
    map.setView([30, 120], 6);
  }
}

function popup([, , group, area, name, address, words]: Shop, data: MapData): HTMLElement {
  const box = document.createElement("div");
  const title = document.createElement(address ? "a" : "b");
  if (title instanceof HTMLAnchorElement) title.href = address;
  title.textContent = name;
  box.append(title);
  for (const line of [data.groups[group]?.name, words, data.areas[area]]) {
    if (!line) continue;
    const row = document.createElement("p");
    row.textContent = line;
    box.append(row);
  }
  return box;
}

/** The groups with their marks and how many shops each has; a click hides or shows one. */
function legend(box: HTMLElement, data: MapData, layers: L.LayerGroup[], map: L.Map): void {
  const list = box.parentElement?.querySelector("[data-map-legend]");
  list?.replaceChildren(
    ...data.groups.map((group, place) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const key = document.createElement("canvas");
      key.width = key.height = 36;
      paint(key.getContext("2d")!, { x: 18, y: 18 }, {
        shape: group.shape ?? "circle", fill: toneColour(group.tone, place), edge: colour("--surface"),
        letter: group.letter ?? "", radius: 15,
      });
      const layer = layers[place]!;
      button.type = "button";
      button.setAttribute("aria-pressed", String(map.hasLayer(layer)));
      button.append(key, `${group.name} (${layer.getLayers().length})`);
      button.addEventListener("click", () => {
        const shown = map.hasLayer(layer);
        if (shown) map.removeLayer(layer);
        else map.addLayer(layer);
        button.setAttribute("aria-pressed", String(!shown));
      });
      item.append(button);
      return item;
    }),
  );
}
