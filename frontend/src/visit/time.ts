// Times as they are sent: the phone's own, with its offset from UTC.

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** ISO 8601 with the phone's offset, to the second. */
export function stamp(at = new Date()): string {
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${dayOf(at)}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${zone}`;
}

/** The phone's calendar day, as 2024-06-28. */
export function dayOf(at = new Date()): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The day so many days after today. */
export function inDays(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() + days);
  return dayOf(at);
}

/** 06-28 of 2024-06-28. */
export function short(day: string): string {
  return day.slice(5, 10);
}

/** Whole minutes from `since` until now; never below 0, whatever the clock did. */
export function minutesSince(since: string, now = Date.now()): number {
  return Math.max(0, Math.floor((now - Date.parse(since)) / 60_000));
}
