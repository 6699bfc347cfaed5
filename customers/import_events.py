"""The file of events: what changes the demand around shops for a time."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Event, Licence
from marketing_ops.audit import services as audit
from marketing_ops.lib import values
from marketing_ops.lib.clock import received_now
from marketing_ops.lib.dated_codes import DatedCodes
from marketing_ops.lib.importing import Column, Job, Kind

COLUMNS = (
    Column("title", ("事件", "标题"), values.text(120)),
    Column("starts_on", ("开始日期",), values.day),
    Column("expected_end", ("预计结束日期", "预计结束"), values.day),
    Column("expected_factor", ("预计系数", "系数"), values.decimal("0.001", "99.999", places=3)),
    Column("licence_nos", ("许可证号", "许可证号列表"), values.joined(values.code(30))),
)


def load(job: Job) -> None:
    """A further word on an event (same title and start) supersedes the former one."""
    rows = job.without_doubles(job.all_rows(), ["starts_on", "title"])
    with job.writing():
        licences = _licences(rows)
        current = {event.key: event for event in Event.objects.known(None)}
        superseded, arrived = [], []
        for line, row in rows:
            said = _said(job, line, row, licences)
            if said is None:
                continue
            key = f"{row['starts_on']} {row['title']}"
            before = current.get(key)
            if before and all(getattr(before, name) == value for name, value in said.items()):
                job.count("unchanged")
                continue
            if before:
                superseded.append(before.pk)
            ended_on = before.ended_on if before else None
            arrived.append(Event(key=key, ended_on=ended_on, **said))
            job.count("changed" if before else "new")
            audit.record(by=job.by, run=job.run_id, action="import event", subject=f"event {key}")
        if arrived:
            now = received_now()
            for event in arrived:
                event.received_at = now
            Event.objects.filter(pk__in=superseded).update(superseded_at=now)
            Event.objects.bulk_create(arrived)


EVENTS = Kind("events", gettext_lazy("Events"), COLUMNS, load)


def _licences(rows) -> DatedCodes:
    numbers = {number for _line, row in rows for number in row["licence_nos"]}
    found = Licence.objects.filter(number__in=numbers)
    return DatedCodes(
        (number, owner, span.lower, span.upper)
        for number, owner, span in found.values_list("number", "customer_id", "period")
    )


def _said(job: Job, line: int, row: dict, licences: DatedCodes) -> dict | None:
    """What the row says as values of an Event, or None for a row that is rejected."""
    starts_on, expected_end = row["starts_on"], row["expected_end"]
    if expected_end < starts_on:
        reason = _("The event ends before it starts. Correct one of the two days.")
        job.reject_row(line, "expected_end", expected_end, reason)
        return None
    customers = set()
    for number in row["licence_nos"]:
        owner = _owner(licences, number, starts_on, expected_end)
        if owner is None:
            reason = _("No shop has this licence during the event. Import the customers first.")
            job.reject_row(line, "licence_nos", number, reason)
            return None
        customers.add(owner)
    return {
        "title": row["title"],
        "starts_on": starts_on,
        "expected_end": expected_end,
        "expected_factor": Decimal(row["expected_factor"]),
        "customer_ids": sorted(customers),
    }


def _owner(licences: DatedCodes, number: str, first: date, last: date) -> int | None:
    """Who had the licence on the first day, else the next to have it until the last."""
    starts = [start for start, _end in licences.spans(number) if start and first < start <= last]
    for day in (first, *sorted(starts)):
        if (owner := licences.owner(number, day)) is not None:
            return owner
    return None
