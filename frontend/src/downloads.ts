// [data-download]: a link to a file that takes seconds to make. Until the answer begins it shows the
// words of the attribute; the server then sets a cookie by the number that the address carries.

const LOOK_EVERY = 300; // ms
const PATIENCE = 120_000; // ms: after that one may ask again

export function watchDownloads(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-download]");
    if (!link) return;
    if (link.ariaBusy === "true") {
      event.preventDefault();
      return;
    }
    const number = String(Date.now());
    const address = link.href;
    const words = link.textContent;
    const asked = new URL(address);
    asked.searchParams.set("made", number);
    link.href = asked.href;
    link.ariaBusy = "true";
    link.textContent = link.dataset.download ?? words;
    const began = Date.now();
    const looking = window.setInterval(() => {
      const made = document.cookie.includes(`made-${number}=`);
      if (!made && Date.now() - began < PATIENCE) return;
      window.clearInterval(looking);
      if (made) document.cookie = `made-${number}=; max-age=0; path=/; samesite=strict`;
      link.href = address;
      link.ariaBusy = "false";
      link.textContent = words;
    }, LOOK_EVERY);
  });
}
