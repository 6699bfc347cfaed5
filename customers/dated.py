"""What holds from one day to another: the base of every dated row, and how it is changed.

A period is half open, [start, end): its end is the first day on which it no longer holds, and
None where it is still open. Two periods of one owner never overlap; the database sees to it.
"""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _


class DatedQuerySet(models.QuerySet):
    def on(self, day: date):
        """The rows that hold on `day`."""
        return self.filter(period__contains=day)

    def during(self, first: date, last: date):
        """The rows that hold on at least one day from `first` to `last`."""
        return self.filter(period__overlap=DateRange(first, last, "[]"))


class Dated(models.Model):
    period = DateRangeField(_("period"))

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def starts_on(self) -> date | None:
        return self.period.lower

    @property
    def ends_on(self) -> date | None:
        """The last day, or None while it is open."""
        return self.period.upper and date.fromordinal(self.period.upper.toordinal() - 1)


def one_at_a_time(name: str, *owner: str) -> ExclusionConstraint:
    """The constraint that the rows of one owner (the named fields) follow each other in time."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            *((field, RangeOperators.EQUAL) for field in owner),
            ("period", RangeOperators.OVERLAPS),
        ],
    )


def change(model, owner: dict, values: dict, *, effective: date) -> str:
    """Let `values` hold for `owner` from `effective` on. Returns 'new', 'changed' or 'unchanged'.

    What held before is closed on that day; what begins later (a change already known for the
    future) stays. Before the first known row nothing is changed: a value that begins earlier
    than all that is known, and agrees with the first, moves its start back.
    """
    rows = list(model.objects.select_for_update().filter(**owner).order_by("period"))
    if not rows:
        model.objects.create(**owner, **values, period=DateRange(effective, None))
        return "new"

    def same(row):
        return all(getattr(row, field) == value for field, value in values.items())

    holding = next((row for row in rows if effective in _Span(row.period)), None)
    if holding is not None:
        if same(holding):
            return "unchanged"
        end = holding.period.upper
        if holding.period.lower == effective:
            for field, value in values.items():
                setattr(holding, field, value)
            holding.save()
            return "changed"
        holding.period = DateRange(holding.period.lower, effective)
        holding.save(update_fields=["period"])
        rest = {
            field.attname: getattr(holding, field.attname)
            for field in model._meta.concrete_fields
            if field.name != "period" and not field.primary_key
        }
        created = model(**rest)
        for field, value in values.items():
            setattr(created, field, value)
        created.period = DateRange(effective, end)
        created.save(force_insert=True)
        return "changed"

    following = next((row for row in rows if row.period.lower > effective), None)
    if following is not None and same(following):
        following.period = DateRange(effective, following.period.upper)
        following.save(update_fields=["period"])
        return "changed"
    model.objects.create(
        **owner,
        **values,
        period=DateRange(effective, following.period.lower if following else None),
    )
    return "changed"


class _Span:
    """`day in _Span(period)`; psycopg2's ranges compare with None where a side is open."""

    def __init__(self, period):
        self.period = period

    def __contains__(self, day):
        return (self.period.lower is None or self.period.lower <= day) and (
            self.period.upper is None or day < self.period.upper
        )
