// Marks on a canvas that differ by shape as well as by colour, and the hull around points.

export type Shape = "circle" | "square" | "triangle" | "diamond" | "ring";

interface Look {
  shape: Shape;
  fill: string;
  edge: string;
  letter: string;
  radius: number;
}

export function paint(pen: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, look: Look): void {
  const r = look.radius;
  pen.beginPath();
  if (look.shape === "square") {
    pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  } else if (look.shape === "triangle") {
    polygon(pen, [[x, y - r * 1.2], [x + r * 1.1, y + r * 0.8], [x - r * 1.1, y + r * 0.8]]);
  } else if (look.shape === "diamond") {
    polygon(pen, [[x, y - r * 1.2], [x + r * 1.2, y], [x, y + r * 1.2], [x - r * 1.2, y]]);
  } else {
    pen.arc(x, y, r, 0, 2 * Math.PI);
  }
  const ring = look.shape === "ring";
  pen.fillStyle = ring ? look.edge : look.fill;
  pen.strokeStyle = ring ? look.fill : look.edge;
  pen.lineWidth = ring ? r * 0.4 : 1.5;
  pen.fill();
  pen.stroke();
  if (!look.letter) return;
  pen.fillStyle = ring ? look.fill : look.edge;
  pen.font = `bold ${Math.round(r * 1.2)}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(look.letter, x, y + r * 0.08);
}

function polygon(pen: CanvasRenderingContext2D, corners: [number, number][]): void {
  corners.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

type Point = [latitude: number, longitude: number];

/** The smallest convex ring around the points, without collinear ones; fewer than 3: none. */
export function hull(points: Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (order: Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of order) {
      while (chain.length > 1 && turn(chain[chain.length - 2]!, chain[chain.length - 1]!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
