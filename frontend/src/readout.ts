// A chart that the server drew: a finger (or mouse) on a day writes what its title says. Who cannot
// point has the same days as a table.

export function watchReadouts(): void {
  for (const name of ["pointerdown", "pointermove"] as const) {
    document.addEventListener(name, ({ target, clientX, clientY }) => {
      const readout = (target as Element).closest?.(".chart-plot")?.closest("section")?.querySelector("[data-readout]");
      if (!readout) return;
      // A finger that moves on keeps its first target.
      const day = document.elementFromPoint(clientX, clientY)?.closest(".shape-day");
      const words = day?.querySelector("title")?.textContent;
      if (words) readout.textContent = words;
    });
  }
}
