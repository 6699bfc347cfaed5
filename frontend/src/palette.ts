// The palette of the style sheet for what is drawn on a canvas.

export const TONES: Record<string, string> = {
  stock: "--stock",
  sales: "--sales",
  delivery: "--delivery",
  good: "--good",
  warn: "--warn",
  bad: "--bad",
  info: "--accent",
  quiet: "--muted",
};
// For series and groups without a tone, in this order.
export const IN_TURN = ["--accent", "--warn", "--good", "--bad", "--muted", "--stock"];

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colour of a tone, or the one at `place` of those in turn. */
export function toneColour(tone: string | undefined, place: number): string {
  return colour((tone && TONES[tone]) || IN_TURN[place % IN_TURN.length]!);
}

/** Calls `redraw` when the system turns dark or light, and around printing. */
export function onPaletteChange(redraw: () => void): void {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    window.matchMedia(query).addEventListener("change", redraw);
  }
}

/** The JSON that the server wrote into <script type="application/json" id=…>. */
export function readData<T>(id: string): T {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error(`no data with the id ${id}`);
  return JSON.parse(text) as T;
}
