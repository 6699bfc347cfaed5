// A draft becomes what is sent. The text is made once, so that every repeat is the same.

import { newSending } from "./sending";
import { dayOf, stamp } from "./time";
import type { Answers, Draft, Person, Place, Sending } from "./types";

/** The build of the page, from the name that Vite gave its script. */
export const CLIENT = /([\w-]+)\.js/.exec(import.meta.url)?.[1] ?? "visit";

export function finished(draft: Draft, person: Person, checkOut: Place): Sending {
  const ended = draft.ended_at ?? stamp();
  const steps = cleaned(draft.steps);
  const used = new Set(photosOf(steps));
  const photos = draft.photos.filter((one) => used.has(one.sha256));
  const body = JSON.stringify({
    id: draft.id,
    licence_no: draft.licence_no,
    started_at: draft.started_at,
    // A clock that was set back during the visit must not make it end before it began.
    ended_at: Date.parse(ended) < Date.parse(draft.started_at) ? draft.started_at : ended,
    kind: draft.kind,
    made_by: person.username,
    client: CLIENT,
    check_in: draft.check_in ?? { missing: "timeout" },
    check_out: draft.check_out ?? checkOut,
    unplanned_reason: draft.unplanned_reason,
    steps,
    photos: photos.map((one) => one.sha256),
  });
  return newSending({
    id: draft.id,
    body,
    licence_no: draft.licence_no,
    name: draft.name,
    day: dayOf(new Date(draft.started_at)),
    ended_at: ended,
    photos: photos.map((one) => ({
      sha256: one.sha256,
      step: one.step,
      state: one.sent ? "sent" : "waiting",
    })),
    draft: { ...draft, ended_at: ended, check_out: draft.check_out ?? checkOut },
  });
}

/** Without what was begun and left empty. */
function cleaned(steps: Answers): Answers {
  const made: Record<string, unknown> = {};
  for (const [name, answer] of Object.entries(steps)) {
    if (answer === undefined) continue;
    made[name] = withoutEmpty(answer as Record<string, unknown>);
  }
  return made as Answers;
}

function withoutEmpty(answer: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(answer)) {
    if (value === "" || value === undefined || value === null) continue;
    if (Array.isArray(value)) {
      const rows = value.map((row) =>
        row && typeof row === "object" ? withoutEmpty(row as Record<string, unknown>) : row,
      );
      // A row for a promise or question that nobody wrote down.
      kept[field] = rows.filter((row) => !isBlank(field, row));
    } else {
      kept[field] = value;
    }
  }
  return kept;
}

function isBlank(field: string, row: unknown): boolean {
  const words = row as Record<string, unknown>;
  if (field === "asked" || field === "made") return !words.text;
  if (field === "prices") return !words.price;
  return false;
}

function photosOf(steps: Answers): string[] {
  return Object.values(steps).flatMap((answer) => (answer as { photos?: string[] })?.photos ?? []);
}
