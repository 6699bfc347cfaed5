// A chart that the server drew: a tap on a day writes what a mouse reads by resting on it.

export function watchReadouts(): void {
  document.addEventListener("click", (event) => {
    const day = (event.target as Element).closest(".shape-day");
    const words = day?.querySelector("title")?.textContent;
    const readout = day?.closest("section")?.querySelector("[data-readout]");
    if (words && readout) readout.textContent = words;
  });
}
