// The account manager's page on the phone: the day's shops, the visit, the queue. It works without a
// network; docs/visits-phone.md tells how.

import "./visit.scss";

import { render } from "preact";

import { app } from "./app";
import { install } from "./device";
import { Root, updateReady } from "./root";
import { loadWords } from "./words";

const place = document.getElementById("visits")!;

async function open(): Promise<void> {
  await loadWords();
  render(<Root />, place);
  try {
    await Promise.all([app.start(), install(updateReady)]);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

void open();
