"""The pages under load: 16 clients at once on the big district, served as in production.

    python benchmarks/pages.py [--shops 5000] [--products 120] [--days 98] [--clients 16]
                               [--seconds 10] [--only shops shop] [--again] [--patience 0]

Every page of tests/site/pages.py that staff read; each client is another person and asks for the
next page as soon as it has the last one. The web server runs as on a server (granian, one worker
per core), over loopback and without TLS. `--again` makes the district and its night anew; else
those of the last run are used. The driver shares the machine; what it takes of it is told.
"""

import argparse
import http.client
import itertools
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import servers

if __name__ == "__main__":
    servers.ensure()

from benchmarks import district, measure  # isort: skip: it sets Django up
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from benchmarks.master import SINCE
from customers.models import Customer, MarketDepartment, Post
from inventory.indicators.models import ResultSet
from marketing_ops import nightly
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.embedded import places
from marketing_ops.embedded.processes import cores
from marketing_ops.embedded.site import web_command
from tests.site.pages import PAGES, Page, paths_of

HOST = "127.0.0.1"
GOAL = 0.300  # seconds, p95
LINKS = 40  # so many of the pages that one page links to are asked for
HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https", "Accept-Encoding": "gzip"}
# Whom the list of pages sends to look, and the role that has here as many people as clients.
ROLES = {
    "am01": Role.ACCOUNT_MANAGER,
    "market1": Role.MARKET_MANAGER,
    "district1": Role.DISTRICT,
    "shop1": Role.CUSTOMER,
}


@dataclass
class Load:
    """What came of asking for one page: seconds of each answer, sizes, statuses that were wrong."""

    name: str
    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    errors: Counter = field(default_factory=Counter)
    wall: float = 0.0
    web: float = 0.0  # seconds on a core: of the web server, PostgreSQL, and this driver
    database: float = 0.0
    driver: float = 0.0

    def at(self, share: float) -> float:
        """Milliseconds within which so many of the answers came."""
        if not self.seconds:
            return float("nan")
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def line(self) -> str:
        count = len(self.seconds) or 1
        each = [1000 * value / count for value in (self.web, self.database, self.driver)]
        verdict = "" if self.at(0.95) <= 1000 * GOAL and not self.errors else "  <- misses"
        errors = ", ".join(f"{count} x {what}" for what, count in self.errors.items())
        return (
            f"{self.name:22}{count / self.wall:7.1f}{self.at(0.5):8.0f}{self.at(0.95):8.0f}"
            f"{self.at(0.99):8.0f}{1000 * max(self.seconds, default=0):8.0f}"
            f"{sum(self.sizes) / count / 1024:8.0f}{each[0]:8.1f}{each[1]:8.1f}{each[2]:8.1f}"
            f"{100 * self.driver / self.wall / cores():7.0f} %  {errors}{verdict}"
        )


HEAD = (
    f"{'page':22}{'per s':>7}{'p50':>8}{'p95':>8}{'p99':>8}{'worst':>8}{'kB':>8}"
    f"{'web':>8}{'db':>8}{'driver':>8}{'driver':>9}\n"
    f"{'':22}{'':7}{'ms':>8}{'ms':>8}{'ms':>8}{'ms':>8}{'':8}{'ms CPU each':>24}{'of all':>9}"
)


def prepare(options) -> None:
    """Connect to the district with a night told on it and people who look at it."""
    size = {"shops": options.shops, "products": options.products, "days": options.days}
    name = "benchmark_district_{shops}_{products}_{days}_pages".format(**size)
    if not options.again and district.is_there(name):
        district.connect(name)
        if ResultSet.objects.filter(is_current=True).exists():
            district.call_command("migrate", verbosity=0)
            return
    place = district.use(**size, copy="pages")
    print("running the night ...", flush=True)
    with mock.patch.object(nightly, "_call_helpers"):
        nightly.run_night(as_of=place.as_of, by="benchmark")
    _hire()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _hire() -> None:
    """Market managers, district staff and shopkeepers; account managers the district has."""
    departments = list(MarketDepartment.objects.order_by("pk"))
    customers = list(Customer.objects.order_by("pk")[:16])
    for number in range(16):
        for role, scope in (
            (Role.MARKET_MANAGER, {"department": departments[number % len(departments)]}),
            (Role.DISTRICT, {}),
            (Role.CUSTOMER, {"customer": customers[number]}),
        ):
            user = User.objects.create(username=f"{role}{number:02}")
            Post.objects.create(user=user, role=role, period=DateRange(SINCE, None), **scope)


def cookies(role: Role, count: int) -> list[str]:
    """Sessions of `count` people of that role (fewer where there are not so many)."""
    people = User.objects.filter(posts__role=role).order_by("pk").distinct()[:count]
    found = []
    for user in people:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        found.append("; ".join(f"{key}={one.value}" for key, one in client.cookies.items()))
    return found


@contextmanager
def web():
    """The site in production's settings on a port of its own; gives port and pid."""
    port = next(places.free_ports(8200))
    database = connection.settings_dict
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    log = Path(settings.VAR_DIR) / "benchmarks" / "web.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if key not in ("DEMO", "DEBUG")}
    environment |= {
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": f"postgres://{database['USER']}{password}@{database['HOST']}:"
        f"{database['PORT']}/{database['NAME']}",
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": settings.SECRET_KEY,
        "VAR_DIR": str(settings.VAR_DIR),
    }
    with open(log, "wb") as output:
        process = subprocess.Popen(
            web_command(HOST, port, cores()),
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(port, process, log)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            ask(http.client.HTTPConnection(HOST, port, timeout=5), "/accounts/login/", "")
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the site does not start; see {log}") from None
            time.sleep(0.1)


def ask(link: http.client.HTTPConnection, path: str, cookie: str) -> tuple[int, bytes]:
    link.request("GET", path, headers=HEADERS | {"Cookie": cookie})
    answer = link.getresponse()
    return answer.status, answer.read()


def requests_of(page: Page, port: int, people: list[str]) -> list[list[tuple[str, str]]]:
    """For each client the (path, cookie) that it asks for in turn; empty where no link leads."""
    link = http.client.HTTPConnection(HOST, port, timeout=60)
    found = []
    for cookie in people:

        def read(_who, path, cookie=cookie):
            return ask(link, path, cookie)[1].decode()

        paths = list(dict.fromkeys(itertools.islice(paths_of(page, read), LINKS)))
        random.Random(len(found)).shuffle(paths)
        found.append([(path, cookie) for path in paths])
    return [asked for asked in found if asked]


def drive(page: Page, port: int, pid: int, options) -> Load | None:
    """All clients at once; None for a page that no link leads to."""
    people = cookies(ROLES[page.who], options.clients)
    asked = requests_of(page, port, people)
    if not asked:
        return None
    load, lock = Load(page.name), threading.Lock()
    barrier = threading.Barrier(options.clients + 1)
    end = [0.0]

    def client(number: int) -> None:
        link = http.client.HTTPConnection(HOST, port, timeout=60)
        todo = itertools.cycle(asked[number % len(asked)])
        ask(link, *next(todo))  # what is made once per process is made now
        barrier.wait()
        while time.perf_counter() < end[0]:
            began = time.perf_counter()
            try:
                status, body = ask(link, *next(todo))
            except (OSError, http.client.HTTPException) as problem:
                status, body = type(problem).__name__, b""
                link.close()
            taken = time.perf_counter() - began
            with lock:
                load.seconds.append(taken)
                load.sizes.append(len(body))
                if status != page.status:
                    load.errors[status] += 1

    threads = [threading.Thread(target=client, args=[n]) for n in range(options.clients)]
    for thread in threads:
        thread.start()
    while barrier.n_waiting < options.clients:
        time.sleep(0.02)
    measure.wait_for_quiet(options.patience)
    clock = measure.Clock(pid)
    end[0] = clock.began + options.seconds
    barrier.wait()
    for thread in threads:
        thread.join()
    load.wall, load.driver, load.web, load.database = clock.stop()
    return load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--products", type=int, default=120)
    parser.add_argument("--days", type=int, default=98)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--patience", type=float, default=0)
    options = parser.parse_args()
    prepare(options)
    with web() as (port, pid):
        print(f"{options.clients} clients, {options.seconds:g} s each page, {cores()} cores;"
              f" goal: p95 <= {1000 * GOAL:.0f} ms", flush=True)  # fmt: skip
        print(HEAD)
        for page in PAGES:
            if page.who not in ROLES or (options.only and page.name not in options.only):
                continue
            load = drive(page, port, pid, options)
            print(load.line() if load else f"{page.name:22}  no link leads to it", flush=True)


if __name__ == "__main__":
    main()
