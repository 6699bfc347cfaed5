"""Kill everything, again and again, and look whether anything is lost or doubled.

    python benchmarks/chaos.py [--rounds 20] [--seed 1] [--first 1] [--straight] [--keep]

Starts an embedded PostgreSQL and Valkey and a Celery worker of its own in a temporary folder, and
makes a district of several shards there. Each round starts an import or a night (or two at once)
as a process, kills somebody at a random point, starts the same again and lets it end, and then
holds everything against the files and against a district that nobody disturbed. Ends with a
summary, or at the first fault, with exit code 1. The same seed gives the same plan; where exactly a
kill hits depends on the machine.
"""

import argparse
import importlib
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.chaos_files import District
from benchmarks.chaos_machine import DATABASE, REFERENCE, Machine, TooLong

SCENARIOS = {
    "ledger": 22, "orders": 7, "customers": 4, "events": 3, "night": 30, "past night": 6,
    "replay": 5, "two nights": 7, "import during a night": 9, "two imports": 7,
}  # fmt: skip
IMPORTS = {"ledger", "orders", "customers", "events", "two imports"}
VICTIMS_OF_IMPORTS = ("command", "command", "backend", "connection", "postmaster", "keeper")
VICTIMS_OF_NIGHTS = (
    "command", "command", "worker child", "worker child", "worker", "worker stop", "backend",
    "connection", "connection", "connection", "postmaster", "broker", "broker frozen", "keeper",
)  # fmt: skip
# These may cost time, but never a command its success.
HARMLESS = {"worker child", "worker", "worker stop", "broker", "broker frozen"}
QUIET_SECONDS = 30.0


class Fault(Exception):
    """Something is not as it must be."""


@dataclass
class Round:
    """What a round does: commands at once, and what the undisturbed district gets of it."""

    scenario: str
    commands: list[list[str]]
    files: list[tuple[str, Path, date | None]] = field(default_factory=list)
    nights: list[tuple[date, datetime | None]] = field(default_factory=list)
    shop_days: int = 0  # in the files


class Chaos:
    def __init__(self, machine: Machine, checks, district: District, options):
        self.machine, self.checks, self.district = machine, checks, district
        self.seed = options.seed
        self.kills: Counter = Counter()
        self.scenarios: Counter = Counter()
        self.too_late = 0
        self.seconds = {"night": 4.0, "import": 3.0}
        self.marks: list[tuple[datetime, date]] = []

    # The district -----------------------------------------------------------------------------
    def found_district(self, days: int) -> None:
        """Master data, a first stretch of days, and its undisturbed twin."""
        checks, district = self.checks, self.district
        checks.migrate()
        for shard, licences in enumerate(district.shops):
            checks.next_customer_is(shard * 1250 + 1)
            checks.bring("customers", district.customers(licences), to=DATABASE)
        checks.bring("products", district.products(), to=DATABASE)
        checks.bring("ledger", district.ledger(days), to=DATABASE)
        checks.bring("orders", district.order_lines(), to=DATABASE)
        checks.make_reference()
        self.machine.start_worker()

    def undisturbed(self) -> None:
        """A night and an import without any harm: they must agree, and tell how long they take."""
        for scenario in ("night", "ledger"):
            plan = self.plan(scenario, random.Random(self.seed))
            began = time.monotonic()
            self._must_end_well(plan.commands, "undisturbed")
            self.seconds["night" if plan.nights else "import"] = time.monotonic() - began
            self._look(plan)
        print(
            "undisturbed: a night takes {night:.1f} s, an import {import:.1f} s".format(
                **self.seconds
            ),
            flush=True,
        )

    # Rounds -----------------------------------------------------------------------------------
    def plan(self, scenario: str, choice: random.Random) -> Round:
        """What to do; makes the files, and brings both districts a little further for nights."""
        district = self.district
        if scenario in IMPORTS:
            effective = None
            if scenario == "two imports":
                files = [("ledger", one) for one in district.overlapping_ledgers(4)]
            elif scenario == "ledger":
                files = [("ledger", district.ledger(choice.randint(3, 8)))]
            elif scenario == "orders":
                files = [("orders", district.order_lines())]
            elif scenario == "customers":
                files, effective = [("customers", district.moved_customers())], district.day
            else:
                files = [("events", district.events())]
            extra = ["--effective", f"{effective}"] if effective else []
            return Round(
                scenario,
                [["import_data", kind, str(path), *extra] for kind, path in files],
                files=[(kind, path, effective) for kind, path in files],
                shop_days=district.last_arrivals,
            )
        if scenario == "replay" and self.marks:
            known_at, as_of = choice.choice(self.marks)
            command = ["nightly", "--as-of", f"{as_of}", "--known-at", known_at.isoformat()]
            return Round(scenario, [command], nights=[(as_of, known_at)])
        path = district.ledger(2)
        if scenario != "import during a night":
            for database in (DATABASE, REFERENCE):
                self.checks.bring("ledger", path, to=database)
        back = choice.randint(1, 10) if scenario == "past night" else 0
        as_of = district.day - timedelta(days=back)
        night = ["nightly", "--as-of", f"{as_of}"]
        if scenario == "import during a night":
            commands = [night, ["import_data", "ledger", str(path)]]
            return Round(scenario, commands, [("ledger", path, None)], [(as_of, None)])
        times = 2 if scenario == "two nights" else 1
        return Round(scenario, [night] * times, nights=[(as_of, None)])

    def round(self, number: int) -> None:
        choice = random.Random(f"{self.seed} {number}")
        names = list(SCENARIOS)
        scenario = choice.choices(names, weights=[SCENARIOS[name] for name in names])[0]
        if scenario == "replay" and not self.marks:
            scenario = "night"
        kind = choice.choice(VICTIMS_OF_IMPORTS if scenario in IMPORTS else VICTIMS_OF_NIGHTS)
        began = time.monotonic()
        plan = self.plan(scenario, choice)
        said = [f"round {number:>4}  {scenario:<22}"]
        try:
            killed, codes = self._disturb(plan, kind, choice)
            said += [f"{killed:<44}", f"ended {codes}"]
            if killed.startswith("too late"):
                self.too_late += 1
            else:
                self.kills[kind] += 1
            if kind in HARMLESS and any(codes):
                raise Fault(f"a command ended with {codes}, though only a {kind} was killed")
            if kind == "command" and sorted(codes)[1:] and any(code > 0 for code in codes):
                raise Fault(f"the command beside the killed one ended with {codes}")
            again = time.monotonic()
            self._must_end_well(plan.commands, "again")
            usual = "night" if plan.nights else "import"
            self.seconds[usual] += 0.3 * (time.monotonic() - again - self.seconds[usual])
            self._look(plan)
        finally:
            print(*said, f"{time.monotonic() - began:5.1f} s", flush=True)
        self.scenarios[scenario] += 1
        self.marks.append((datetime.now(UTC), self.district.day))

    def _disturb(self, plan: Round, kind: str, choice: random.Random) -> tuple[str, list[int]]:
        """Start the commands, kill somebody on the way; what was killed when, and exit codes."""
        usual = self.seconds["night" if plan.nights else "import"]
        # Half of the kills by the clock, half when so much of the work is done.
        by_clock, fraction = choice.random() < 0.5, choice.random()
        extra = choice.uniform(0, 0.15)
        with closing(self.machine.connect()) as watch:
            progress = _Progress(watch)
            before = progress.last_run
            spare = {watch.info.backend_pid}
            began = time.monotonic()
            processes = [self.machine.command(*command) for command in plan.commands]

            def moment() -> bool:
                if all(process.poll() is not None for process in processes):
                    return True
                if by_clock:
                    return time.monotonic() - began > usual * fraction
                return progress.reached(before, fraction, plan)

            seconds = 0.05 if by_clock else 0.01
            while not moment():
                self.machine.look_after(seconds)
                if time.monotonic() - began > 120:
                    break
            if not by_clock:
                self.machine.look_after(extra)
            done = progress.said(before)
            killed = None
            while any(process.poll() is None for process in processes):
                killed = self.machine.kill(kind, processes, choice, spare)
                if killed or time.monotonic() - began > 120:
                    break
                self.machine.look_after(0.02)  # a worker or a backend may just be missing
            after = time.monotonic() - began
        try:
            codes = self.machine.end(*processes)
        finally:
            self.machine.thaw()
        return (f"{killed} at {after:.2f} s, {done}" if killed else f"too late for a {kind}"), codes

    def _must_end_well(self, commands: list[list[str]], what: str) -> None:
        self.machine.until(self.machine.database_answers, "the database answers")
        processes = [self.machine.command(*command) for command in commands]
        codes = self.machine.end(*processes)
        for process, code in zip(processes, codes, strict=True):
            if code:
                tail = process.log.read_text(errors="replace")[-3000:]
                raise Fault(f"{what}: {' '.join(process.arguments)} ended with {code}\n{tail}")

    def _look(self, plan: Round) -> None:
        """Let the undisturbed district do the same, and compare."""
        machine, checks = self.machine, self.checks
        for kind, path, effective in plan.files:
            checks.bring(kind, path, effective=effective)
        wrong = []
        if plan.nights and plan.files:
            wrong += self._as_told_again(plan)
            self._must_end_well(plan.commands[:1], "after the import")
        for as_of, known_at in plan.nights:
            checks.night(as_of, known_at)
            wrong += checks.of_night(as_of)
        if not plan.nights:
            wrong += checks.of_import()
        if wrong:
            raise Fault("\n".join(wrong))
        quiet = (checks.still_busy, machine.strangers, lambda: list(machine.temporary.iterdir()))
        for look in quiet:
            try:
                machine.until(lambda look=look: not look(), "all is quiet", QUIET_SECONDS)
            except TooLong:
                raise Fault(f"left over: {look()}") from None
        machine.until(machine.worker_takes_tasks, "the worker takes tasks again")

    def _as_told_again(self, plan: Round) -> list[str]:
        """A night beside an import must be what a night told again from its known_at is."""
        ((as_of, _),) = plan.nights
        with closing(self.machine.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT known_at FROM indicators_resultset WHERE as_of = %s AND NOT replay"
                " AND status = 'complete' ORDER BY completed_at DESC LIMIT 1",
                [as_of],
            )
            ((known_at,),) = cursor.fetchall()
        first = self.checks.export(DATABASE, as_of)
        self._must_end_well([[*plan.commands[0], "--known-at", known_at.isoformat()]], "told again")
        again = self.checks.export(DATABASE, as_of)
        return (
            [] if first == again else [f"the night of {as_of} told again from {known_at} differs"]
        )

    def look_at_everything(self) -> None:
        """All days since the beginning against the files."""
        if wrong := self.checks.of_import(recent=100_000):
            raise Fault("\n".join(wrong))

    def summary(self) -> str:
        kills = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kills.items()))
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(self.scenarios.items()))
        return (
            f"{self.scenarios.total()} rounds ({told}); {self.kills.total()} kills ({kills}),"
            f" {self.too_late} too late"
        )


class _Progress:
    """How far the runs of the current round are, by the database's own word."""

    def __init__(self, connection):
        self._cursor = connection.cursor()
        self.last_run = self._one("SELECT coalesce(max(id), 0) FROM runs_run")
        self.last_day = self._one("SELECT coalesce(max(id), 0) FROM inventory_shopday")

    def _one(self, query: str, *parameters):
        self._cursor.execute(query, parameters)
        return self._cursor.fetchone()[0]

    def reached(self, before: int, fraction: float, plan: Round) -> bool:
        """Whether so much of the work of the newest runs is done, of what is told of it."""
        if plan.nights:
            shards = self._one("SELECT count(*) FROM runs_shard WHERE run_id > %s", before)
            return bool(shards) and self._shards_done(before) >= fraction * shards
        if plan.scenario in {"ledger", "two imports"}:
            return self._days() > fraction * plan.shop_days
        # Goes in by one transaction, which shows nothing before its end.
        return bool(self._one("SELECT count(*) FROM runs_run WHERE id > %s", before))

    def said(self, before: int) -> str:
        shards, days = self._shards_done(before), self._days()
        return f"{shards} shards" if shards else f"{days} shop-days"

    def _shards_done(self, before: int) -> int:
        return self._one("SELECT count(done_at) FROM runs_shard WHERE run_id > %s", before)

    def _days(self) -> int:
        return self._one("SELECT count(*) FROM inventory_shopday WHERE id > %s", self.last_day)


def _connected_checks(machine: Machine):
    """Django reads its settings when it is set up, so the places must be known before."""
    os.environ.update(machine.environment)
    os.environ["DATABASE_URL"] = machine.url(REFERENCE)
    os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"  # nobody: the reference needs no broker
    os.environ["VAR_DIR"] = str(machine.folder / "reference")
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketing_ops.settings"
    return importlib.import_module("benchmarks.chaos_checks")


def run(folder: Path, options) -> int:
    files = folder / "files"
    files.mkdir()
    district = District(
        files,
        options.seed,
        shards=options.shards,
        shops=options.shops,
        products=options.products,
    )
    chaos, faults = None, 1
    machine = Machine(folder, careless=options.careless)
    try:
        with machine:
            checks = _connected_checks(machine).Checks(district, folder)
            chaos = Chaos(machine, checks, district, options)
            chaos.found_district(options.days)
            if not options.straight:
                chaos.undisturbed()
            for number in range(options.first, options.first + options.rounds):
                chaos.round(number)
            chaos.look_at_everything()
            print("files of the server that no table owns: {}, {} bytes".format(*checks.orphans()))
        machine.until(lambda: not machine.processes(), "no process is left", QUIET_SECONDS)
        faults = 0
    except (Fault, TooLong) as fault:
        print(f"FAULT: {fault}", flush=True)
    print(f"{chaos.summary() if chaos else 'nothing was tried'}; faults: {faults}", flush=True)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="number of the first round")
    parser.add_argument("--shards", type=int, default=5)
    parser.add_argument("--shops", type=int, default=24, help="in each shard")
    parser.add_argument("--products", type=int, default=16)
    parser.add_argument("--days", type=int, default=100, help="before the first round")
    parser.add_argument("--straight", action="store_true", help="no undisturbed night before")
    parser.add_argument(
        "--careless", action="store_true", help="a server without fsync, as in tests"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder also without a fault")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="marketing-ops-chaos-"))
    code = 1
    try:
        code = run(folder, options)
    finally:
        if options.keep or code:
            print(f"logs and files: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
