// Bits of state that the screens share.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { app } from "./app";

/** Draw this part anew whenever what the page knows has changed. */
export function useApp(): void {
  const [, again] = useState(0);
  useEffect(() => app.subscribe(() => again((count) => count + 1)), []);
}

/** The address behind the #, in its parts: "#/visit/ID/ask" is ["visit", ID, "ask"]. */
export function useRoute(): string[] {
  const [route, change] = useState(parts);
  useEffect(() => {
    const look = () => change(parts());
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  return route;
}

function parts(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

export function go(...to: string[]): void {
  location.hash = `#/${to.map(encodeURIComponent).join("/")}`;
}

/** Go there without leaving the present screen in the history. */
export function goInstead(...to: string[]): void {
  location.replace(`#/${to.map(encodeURIComponent).join("/")}`);
}

export function link(...to: string[]): string {
  return `#/${to.map(encodeURIComponent).join("/")}`;
}

/** Move the reader to the heading of a screen that has just come. */
export function useHeading(key: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
    // Not at the first drawing: the browser's own focus is right then.
    if (!first.current || document.activeElement !== document.body) heading.current?.focus();
    first.current = false;
  }, [key]);
  return heading;
}

/** A dialog that is open as long as it is drawn. `here` is false once it is no longer: closing it then
 *  brings the focus back, and is nobody's wish. */
export function useDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const here = useRef(true);
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (!shown) return;
    if (shown.showModal) shown.showModal();
    else shown.setAttribute("open", ""); // Safari 15.0 to 15.3
    return () => {
      here.current = false;
      shown.close?.();
    };
  }, []);
  return { dialog, here };
}
