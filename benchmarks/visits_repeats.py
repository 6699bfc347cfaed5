"""10,000 visits posted 1 to 5 times each: one row and one receipt for each of them.

    python benchmarks/visits_repeats.py [--visits 10000] [--phones 16]

Over HTTP to the site served as on a server. A fifth of the visits is posted by several connections
at the same moment; a tenth of all answers is lost (the connection is closed after the request went
out). Exits with 1 where a visit is missing, double, or has two receipts.
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import servers

if __name__ == "__main__":
    servers.ensure()

from benchmarks import visits_phones  # isort: skip: it sets Django up
from django.db import connection
from django.utils import timezone

from benchmarks.pages import web
from customers.visits.models import Conflict, Promise, SetAside, Visit

MOST_TIMES = 5


class Tally:
    """What all phones were answered."""

    def __init__(self):
        self.lock = threading.Lock()
        self.codes = Counter()
        self.receipts = defaultdict(set)
        self.lost = 0

    def note(self, code: int, said: dict) -> None:
        with self.lock:
            self.codes[code] += 1
            if code in (200, 201):
                self.receipts[said["id"]].add((said["receipt"], said["received_at"]))


def post(line, visit, tally, *, lose: bool) -> None:
    if lose:
        line.post_and_hang_up(visit)
        with tally.lock:
            tally.lost += 1
    else:
        tally.note(*line.post(visit))


def drive(phones, front, options) -> Tally:
    """Every phone posts its share, one after the other; of a fifth all posts at once."""
    tally, day = Tally(), timezone.localdate()

    def run(number: int) -> None:
        rng = random.Random(number)
        phone = phones[number]
        line = visits_phones.Line(phone, front)
        for count in range(number, options.visits, len(phones)):
            visit = visits_phones.body(phone, count, [], day)
            times = rng.randint(1, MOST_TIMES)
            lost = [rng.random() < 0.1 for _time in range(times)]
            if rng.random() < 0.2 and times > 1:
                at_once = [
                    threading.Thread(target=post, args=(line, visit, tally), kwargs={"lose": lose})
                    for lose in lost
                ]
                for thread in at_once:
                    thread.start()
                for thread in at_once:
                    thread.join()
            else:
                for lose in lost:
                    post(line, visit, tally, lose=lose)
            if all(lost):  # a phone sends until it has its receipt
                post(line, visit, tally, lose=False)

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(phones))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visits", type=int, default=10_000)
    parser.add_argument("--phones", type=int, default=16)
    options = parser.parse_args()
    phones = visits_phones.prepare(options.phones)
    with web() as (port, _pid):
        began = time.perf_counter()
        tally = drive(phones[: options.phones], visits_phones.Front(port), options)
        seconds = time.perf_counter() - began
    connection.close()
    posts = sum(tally.codes.values()) + tally.lost
    wrong = [key for key, found in tally.receipts.items() if len(found) != 1]
    rows, promises = Visit.objects.count(), Promise.objects.count()
    print(f"{posts} posts of {options.visits} visits in {seconds:.0f} s, {tally.lost} answers lost")
    print("answers:", dict(tally.codes))
    print(f"visits {rows}, promises of theirs {promises}, with receipts {len(tally.receipts)},")
    print(f"with two receipts {len(wrong)}, in conflict {Conflict.objects.count()},"
          f" set aside {SetAside.objects.count()}")  # fmt: skip
    right = (
        rows == promises == len(tally.receipts) == options.visits
        and not wrong
        and set(tally.codes) <= {200, 201}
    )
    print("right" if right else "WRONG")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
