// [data-chart]: ECharts from the JSON whose id it names; the format stands in docs/components.md.

import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { colour, onPaletteChange, readData, toneColour } from "./palette";
import { paint } from "./shapes";

// A canvas, because ECharts' SVG sets style attributes, which the security policy forbids.
echarts.use([
  BarChart, LineChart, ScatterChart,
  GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent,
  CanvasRenderer,
]);

interface Series {
  name: string;
  values: (number | null)[];
  words?: string[];
  tone?: string;
}

interface Area {
  from: string;
  to: string;
  kind: "event" | "unseen" | "out";
  name?: string;
}

interface ChartData {
  kind: "lines" | "bars" | "stacked" | "days";
  x: string[];
  unit?: string;
  places?: number;
  series: Series[];
  areas?: Area[];
  lines?: { value: number; name: string }[];
}

const drawn = new Map<HTMLElement, echarts.ECharts>();
// ECharts' name of each shape.
const SYMBOLS = { circle: "circle", square: "rect", triangle: "triangle", diamond: "diamond" };
const SHAPES = Object.keys(SYMBOLS) as (keyof typeof SYMBOLS)[];
const DASHES = ["solid", "dashed", "dotted"] as const;
const DASH_LENGTHS = { solid: [], dashed: [6, 4], dotted: [2, 3] };

export function drawCharts(root: ParentNode): void {
  for (const [box, chart] of drawn) {
    if (!box.isConnected) {
      chart.dispose();
      drawn.delete(box);
    }
  }
  for (const box of root.querySelectorAll<HTMLElement>("[data-chart]")) {
    if (drawn.has(box)) continue;
    const chart = echarts.init(box);
    drawn.set(box, chart);
    draw(box, chart);
    new ResizeObserver(() => chart.resize()).observe(box);
    box.dataset.drawn = "yes";
  }
}

// The page is laid out for the paper after this, too late for a canvas to learn its width.
const PAPER = 640; // pixels, within an upright A4
window.addEventListener("beforeprint", () => drawn.forEach((chart, box) => chart.resize({ width: Math.min(PAPER, box.clientWidth) })));
window.addEventListener("afterprint", () => drawn.forEach((chart) => chart.resize()));

onPaletteChange(() => drawn.forEach((chart, box) => draw(box, chart)));

function draw(box: HTMLElement, chart: echarts.ECharts): void {
  const data = readData<ChartData>(box.dataset.chart ?? "");
  const letters = parseFloat(getComputedStyle(box).fontSize) * 0.75;
  chart.setOption(option(data, letters), { notMerge: true });
  const legend = box.parentElement?.querySelector("[data-legend]");
  if (data.series.length > 1) {
    legend?.replaceChildren(...data.series.map((one, place) => entry(data, one, place)));
  }
}

/** A line of the legend: the mark as the chart draws it, and the name. */
function entry(data: ChartData, one: Series, place: number): HTMLLIElement {
  const item = document.createElement("li");
  const key = document.createElement("canvas");
  const tint = toneColour(one.tone, place);
  const bare = data.kind === "lines";
  key.width = bare ? 48 : 24;
  key.height = 24;
  const pen = key.getContext("2d")!;
  if (bare) {
    pen.strokeStyle = tint;
    pen.lineWidth = 4;
    pen.setLineDash(DASH_LENGTHS[DASHES[place % DASHES.length]!].map((length) => length * 2));
    pen.strokeRect(0, 12, 48, 0);
  }
  const shape = bare ? SHAPES[place % SHAPES.length]! : one.tone === "delivery" ? "triangle" : "square";
  paint(pen, { x: key.width / 2, y: 12 }, { shape, fill: tint, edge: tint, letter: "", radius: bare ? 7 : 9 });
  item.append(key, one.name);
  return item;
}

function option(data: ChartData, letters: number): echarts.EChartsCoreOption {
  const fontFamily = getComputedStyle(document.body).fontFamily;
  const text = { color: colour("--muted"), fontSize: letters, fontFamily };
  const days = data.kind === "days";
  const grids = days
    ? [{ top: letters, height: "56%" }, { top: "68%", height: "22%" }]
    : [{ top: letters * 1.2, bottom: letters * 0.5 }];
  return {
    animation: false,
    textStyle: { fontFamily },
    grid: grids.map((grid) => ({ ...grid, left: letters * 0.5, right: letters, outerBoundsMode: "same", outerBoundsContain: "axisLabel" })),
    xAxis: grids.map((_, place) => ({
      type: "category",
      data: data.x,
      gridIndex: place,
      axisLabel: { ...text, hideOverlap: true, show: place === grids.length - 1 },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colour("--muted") } },
      boundaryGap: data.kind !== "lines" || Boolean(data.areas?.length),
    })),
    yAxis: grids.map((_, place) => ({
      type: "value",
      gridIndex: place,
      splitNumber: place ? 2 : 4,
      axisLabel: { ...text, formatter: (value: number) => `${value}${data.unit ?? ""}` },
      splitLine: { lineStyle: { color: colour("--line") } },
    })),
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    tooltip: {
      trigger: "axis",
      confine: true,
      className: "chart-tip",
      backgroundColor: colour("--surface"),
      borderColor: colour("--line"),
      axisPointer: { type: data.kind === "lines" ? "line" : "shadow" },
      // An element, because text with styles in it would be stopped by the security policy.
      formatter: (points: { dataIndex: number }[]) => tip(data, points[0]?.dataIndex ?? 0),
    },
    series: data.series.map((one, place) => series(data, one, place, letters)),
  };
}

function series(data: ChartData, one: Series, place: number, letters: number): object {
  const tint = toneColour(one.tone, place);
  const base = {
    name: one.name,
    data: one.values,
    itemStyle: { color: tint },
    ...(place === 0 && { markArea: areas(data, letters), markLine: lines(data, letters) }),
  };
  if (data.kind === "lines") {
    return {
      ...base, type: "line", connectNulls: false, symbol: SYMBOLS[SHAPES[place % SHAPES.length]!], symbolSize: 7,
      showSymbol: data.x.length <= 60, lineStyle: { width: 2, color: tint, type: DASHES[place % DASHES.length] },
    };
  }
  if (data.kind === "days" && one.tone === "delivery") {
    const marks = one.values.map((value, day) => (value ? [data.x[day], 0] : null)).filter(Boolean);
    return { ...base, type: "scatter", data: marks, symbol: "triangle", symbolSize: letters * 0.9, symbolOffset: [0, letters * 0.9] };
  }
  const lower = data.kind === "days" && one.tone === "sales" ? 1 : 0;
  return {
    ...base, type: "bar", xAxisIndex: lower, yAxisIndex: lower,
    stack: data.kind === "stacked" ? "all" : undefined,
    barCategoryGap: data.x.length > 40 || data.kind === "days" ? "8%" : "25%",
    // Where two meet, an edge parts them for who cannot tell the colours.
    itemStyle: { color: tint, borderColor: colour("--surface"), borderWidth: data.kind === "stacked" ? 1 : 0 },
  };
}

function areas(data: ChartData, letters: number): object | undefined {
  if (!data.areas?.length) return undefined;
  const fill = { event: colour("--event-band"), out: colour("--out-band"), unseen: hatch() };
  return {
    silent: true,
    label: { color: colour("--text"), fontSize: letters, position: "insideTopLeft" },
    data: data.areas.map(({ from, to, kind, name }) => [
      { xAxis: from, name: name ?? "", itemStyle: { color: fill[kind] } },
      { xAxis: to },
    ]),
  };
}

function lines(data: ChartData, letters: number): object | undefined {
  if (!data.lines?.length) return undefined;
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: colour("--text"), type: "dashed" },
    label: { color: colour("--text"), fontSize: letters, position: "insideEndTop", formatter: "{b}" },
    data: data.lines.map(({ value, name }) => ({ yAxis: value, name })),
  };
}

/** Slanting lines, as the charts of the server have them. */
function hatch(): object {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d")!;
  pen.strokeStyle = colour("--hatch");
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return { image: tile, repeat: "repeat" };
}

function tip(data: ChartData, place: number): HTMLElement {
  const box = document.createElement("div");
  const title = document.createElement("b");
  const x = data.x[place] ?? "";
  const inside = data.areas?.filter(({ from, to, name }) => name && within(data.x, place, from, to)) ?? [];
  title.textContent = [x, ...inside.map(({ name }) => name)].join(" · ");
  const table = document.createElement("table");
  data.series.forEach((one, number) => {
    const row = table.insertRow();
    const key = document.createElement("span");
    key.className = "chart-key";
    key.style.backgroundColor = toneColour(one.tone, number);
    row.insertCell().append(key, one.name);
    row.insertCell().textContent = one.words?.[place] ?? written(one.values[place], data);
  });
  box.append(title, table);
  return box;
}

function within(x: string[], place: number, from: string, to: string): boolean {
  return x.indexOf(from) <= place && place <= x.indexOf(to);
}

function written(value: number | null | undefined, data: ChartData): string {
  if (value === null || value === undefined) return "—";
  const digits = { minimumFractionDigits: data.places ?? 0, maximumFractionDigits: data.places ?? 0 };
  return `${value.toLocaleString("en", digits)}${data.unit ?? ""}`;
}
