"""300 phones that send their day in the same half hour: 9,000 visits and 18,000 photos.

    python benchmarks/visits_load.py [--phones 300] [--seconds 60] [--rates 1 3 10] [--photo 150]

The rates of that half hour (5 visits and 10 photos a second), three and ten times as much, each for
`--seconds`: a slice of the half hour, not a shorter one. Requests go out at their time whether or
not earlier ones are answered (each phone sends one after the other), and the time of an answer is
counted from when its request was due; what is not answered when the slice is over is waited for.
The site is served as on a server, over loopback without TLS; the driver shares its machine.
"""

import argparse
import hashlib
import http.client
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import servers

if __name__ == "__main__":
    servers.ensure()

from benchmarks import visits_phones  # isort: skip: it sets Django up
from django.utils import timezone

from benchmarks import measure
from benchmarks.pages import web
from marketing_ops.embedded.processes import cores

HALF_HOUR = 1800
VISITS, PHOTOS = 30, 2  # of a phone, of a visit
GOAL = 0.300  # seconds, p95 of a visit's post
HEAD = (
    f"{'':7}{'offered':>16}{'accepted':>16}{'visit p50':>11}{'p95':>7}{'p99':>7}{'photo p95':>11}"
    f"{'errors':>8}{'site':>7}{'database':>10}{'driver':>8}\n"
    f"{'':7}{'visits+photos/s':>16}{'visits+photos/s':>16}{'ms':>11}{'ms':>7}{'ms':>7}{'ms':>11}"
    f"{'':8}{'cores':>7}{'cores':>10}{'cores':>8}"
)


@dataclass
class Load:
    rate: int
    visits: list[float] = field(default_factory=list)  # seconds from when it was due
    photos: list[float] = field(default_factory=list)
    in_time: Counter = field(default_factory=Counter)  # answered before the slice was over
    errors: Counter = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, due: float, code, *, end: float) -> None:
        now = time.perf_counter()
        with self.lock:
            if code not in (200, 201):
                self.errors[code] += 1
                return
            getattr(self, kind).append(now - due)
            self.in_time[kind] += now <= end

    def line(self, seconds: float, offered: tuple[int, int], cpu: tuple[float, ...]) -> str:
        per_second = [f"{count / seconds:.1f}" for count in offered]
        accepted = [f"{self.in_time[kind] / seconds:.1f}" for kind in ("visits", "photos")]
        times = [1000 * share_of(self.visits, share) for share in (0.5, 0.95, 0.99)]
        verdict = "" if times[1] <= 1000 * GOAL and not self.errors else "  <- misses"
        return (
            f"{self.rate:5} x {'+'.join(per_second):>16}{'+'.join(accepted):>16}{times[0]:11.0f}"
            f"{times[1]:7.0f}{times[2]:7.0f}{1000 * share_of(self.photos, 0.95):11.0f}"
            f"{sum(self.errors.values()):8}{cpu[1]:7.2f}{cpu[2]:10.2f}{cpu[0]:8.2f}{verdict}"
        )


def share_of(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds) or [float("nan")]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def schedule(phones: int, rate: int, seconds: float) -> list[list[float]]:
    """For each phone the seconds at which a visit and its photos are due: as many as there are in
    a slice of the half hour, at random moments."""
    rng = random.Random(rate)
    count = round(phones * VISITS * rate * seconds / HALF_HOUR)
    due: list[list[float]] = [[] for _phone in range(phones)]
    for number in range(count):
        due[number % phones].append(rng.uniform(0, seconds))
    return [sorted(times) for times in due]


def drive(phones, front, pid, rate, options) -> str:
    load, due = Load(rate), schedule(len(phones), rate, options.seconds)
    day, barrier, start = timezone.localdate(), threading.Barrier(len(phones) + 1), [0.0]
    pictures = [visits_phones.photo(options.photo * 1000) for _one in range(50)]

    def run(number: int) -> None:
        line = visits_phones.Line(phones[number], front)
        rng = random.Random(1000 * rate + number)
        barrier.wait()
        for count, moment in enumerate(due[number]):
            time.sleep(max(0.0, start[0] + moment - time.perf_counter()))
            one(line, phones[number], count, rng, start[0] + moment)

    def one(line, phone, count, rng, moment) -> None:
        # Another content for each; random bytes for all would be the driver's work, not the site's.
        sent = [rng.choice(pictures) + rng.randbytes(8) for _one in range(PHOTOS)]
        hashes = [hashlib.sha256(photo).hexdigest() for photo in sent]
        visit = visits_phones.body(phone, count, hashes, day)
        end = start[0] + options.seconds
        load.note("visits", moment, attempt(lambda: line.post(visit)[0]), end=end)
        for sha256, photo in zip(hashes, sent, strict=True):
            code = attempt(lambda s=sha256, p=photo: line.put(visit["id"], s, p))
            load.note("photos", moment, code, end=end)

    def attempt(deed):
        try:
            return deed()
        except (OSError, http.client.HTTPException) as problem:
            return type(problem).__name__

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(phones))]
    for thread in threads:
        thread.start()
    while barrier.n_waiting < len(phones):
        time.sleep(0.02)
    clock = measure.Clock(pid)
    start[0] = clock.began
    barrier.wait()
    for thread in threads:
        thread.join()
    wall, *cpu = clock.stop()
    count = sum(map(len, due))
    line = load.line(options.seconds, (count, count * PHOTOS), [one / wall for one in cpu])
    errors = "".join(f"\n{'':7}{count} x {what}" for what, count in load.errors.items())
    return line + errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--phones", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rates", type=int, nargs="*", default=[1, 3, 10])
    parser.add_argument("--photo", type=int, default=150, help="kilobytes")
    options = parser.parse_args()
    phones = visits_phones.prepare(options.phones)[: options.phones]
    with web() as (port, pid):
        front = visits_phones.Front(port)
        for phone in phones[:16]:  # what is made once per process is made now
            visits_phones.Line(phone, front).get("/api/visits/counts/")
        print(
            f"{options.phones} phones, {options.seconds:g} s of the half hour at each rate,"
            f" {cores()} cores, others use {measure.used_cores():.1f} of them;"
            f" goal: p95 of a visit <= {1000 * GOAL:.0f} ms, no errors"
        )
        print(HEAD, flush=True)
        for rate in options.rates:
            print(drive(phones, front, pid, rate, options), flush=True)


if __name__ == "__main__":
    main()
