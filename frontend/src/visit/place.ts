// Where the phone is, asked once at check-in and once at check-out, never in between. Whatever comes
// of it, nobody waits for it.

import { stamp } from "./time";
import type { Place } from "./types";

const PATIENCE = 20_000; // ms
const WHY = { 1: "denied", 2: "unavailable", 3: "timeout" } as const;

export function askPlace(): Promise<Place> {
  const asker = navigator.geolocation as Geolocation | undefined;
  if (!asker || !isSecureContext) return Promise.resolve({ missing: "unsupported" });
  return new Promise((done) => {
    asker.getCurrentPosition(
      ({ coords, timestamp }) =>
        done({
          latitude: coords.latitude,
          longitude: coords.longitude,
          accuracy: Math.round(coords.accuracy),
          coordinate_system: system(navigator.userAgent),
          at: stamp(new Date(timestamp)),
        }),
      (problem) => done({ missing: WHY[problem.code as 1 | 2 | 3] ?? "unavailable" }),
      { enableHighAccuracy: true, maximumAge: 60_000, timeout: PATIENCE },
    );
  });
}

/** Browsers give WGS-84; the older engine of WeChat and QQ on Android (TBS, X5) gives GCJ-02. */
function system(agent: string): string {
  return /\bTBS\/|MQQBrowser/.test(agent) ? "GCJ-02" : "WGS-84";
}
