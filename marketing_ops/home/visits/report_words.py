"""The facts of a report in words, in the language of who reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import CustomerProperties
from customers.visits.models import Question, Unvisited, Visit
from customers.visits.queries import visits_seen_by
from marketing_ops.home.shops import read_products
from marketing_ops.lib.quantities import show

TITLES = {
    "planned": gettext_lazy("Planned customers"),
    "visited": gettext_lazy("Visited customers"),
    "unvisited": gettext_lazy("Reasons for the unvisited"),
    "stock": gettext_lazy("Stock in general"),
    "key_stock": gettext_lazy("Stock of key customers"),
    "speed": gettext_lazy("Speed of sale"),
    "key_brands": gettext_lazy("Key brands on the shelf (due / real)"),
    "problems": gettext_lazy("Common problems"),
    "complaints": gettext_lazy("Complaints and suggestions"),
    "gains": gettext_lazy("Main gains"),
    "analyse": gettext_lazy("1. Analyse"),
    "plan": gettext_lazy("2. Plan"),
    "carry_out": gettext_lazy("3. Carry out"),
    "evaluate": gettext_lazy("4. Evaluate"),
    "improve": gettext_lazy("5. Improve"),
}
WHYS = {**dict(Unvisited.Why.choices), "phoned": gettext_lazy("by telephone instead")}
IN_ORDER = {
    "whole_cartons": gettext_lazy("whole cartons on display"),
    "zero_boxes": gettext_lazy("empty boxes for what is out of stock"),
    "opened_for_packs": gettext_lazy("cartons opened for single packs"),
    "tidy": gettext_lazy("display tidy"),
    "complete": gettext_lazy("every product has its tag"),
    "match": gettext_lazy("tags stand by their goods"),
}
STAFF = {
    "telephone": gettext_lazy("telephone desk"),
    "delivery": gettext_lazy("delivery staff"),
    "supervision": gettext_lazy("market supervision"),
    "inspection": gettext_lazy("inspection"),
}


@dataclass(frozen=True)
class Line:
    """`tone` as the kit's badges; `address`: of the visit that it is about."""

    words: str
    tone: str = ""
    address: str = ""


def tenths(value: int | None) -> str:
    return "—" if value is None else f"{value / 10:.1f}"


def percent(permille: int | None) -> str:
    return "—" if permille is None else f"{permille / 10:.1f}%"


class Words:
    """Puts facts into words; names of shops and products are read once for all of them.

    What was said at a visit stands with the visit: who does not see the visit, or after it was
    erased, is not told.
    """

    def __init__(self, facts: Mapping[str, list], *, user, today: date, day: date):
        rows = [values for lines in facts.values() for _code, values in lines]
        customers = {values["customer"] for values in rows if "customer" in values}
        self.shops = dict(
            CustomerProperties.objects.filter(customer__in=customers)
            .order_by("period")
            .values_list("customer_id", "name")
            if customers
            else ()
        )
        products = {values["product"] for values in rows if "product" in values}
        self.products = read_products(products, day) if products else {}
        keys = {values["visit"] for values in rows if "visit" in values}
        seen: QuerySet = visits_seen_by(user, on=today).filter(pk__in=keys)
        self.visits: dict[str, Visit] = {str(one.pk): one for one in seen} if keys else {}

    def lines(self, facts: Iterable) -> list[Line]:
        return [line for code, values in facts if (line := self.line(code, values))]

    def line(self, code: str, values: Mapping) -> Line | None:
        write = getattr(self, f"_{code}", None)
        return write(**values) if write else None

    def _shop(self, customer: int) -> str:
        return self.shops.get(customer) or "—"

    def _product(self, product: int) -> str:
        found = self.products.get(product)
        return found.name if found else "—"

    def _planned(self, shops):
        return Line(ngettext("%(n)s visit planned", "%(n)s visits planned", shops) % {"n": shops})

    def _visited(self, done, planned):
        words = _("%(done)s of %(planned)s planned shops visited")
        return Line(words % {"done": done, "planned": planned}, "good" if done == planned else "")

    def _on_site(self, shops, standard):
        words = _("%(shops)s shops visited on site; standard %(standard)s")
        tone = "warn" if shops < standard else "good"
        return Line(words % {"shops": shops, "standard": standard}, tone)

    def _unplanned(self, shops):
        return Line(_("unplanned: %(n)s") % {"n": shops})

    def _by_phone(self, visits):
        return Line(_("by telephone: %(n)s (they do not count)") % {"n": visits})

    def _minutes(self, median, standard):
        words = _("median %(median)s minutes; standard %(standard)s")
        values = {"median": median, "standard": standard}
        return Line(words % values, "warn" if median < standard else "")

    def _unvisited(self, customer, day, why):
        reason = WHYS.get(why) or _("no reason given")
        return Line(f"{self._shop(customer)}: {reason}", "" if why else "warn")

    def _unvisited_why(self, why, shops):
        reason = WHYS.get(why) or _("no reason given")
        return Line(f"{reason}: {shops}", "" if why else "warn")

    def _as_of(self, day):
        return Line(_("figures up to %(day)s") % {"day": day})

    def _stock(self, shops, of, packs, days10):
        words = _("%(shops)s of %(of)s shops known: %(stock)s, enough for %(days)s days")
        stock = show(packs, 10, with_cases=True)
        return Line(words % {"shops": shops, "of": of, "stock": stock, "days": tenths(days10)})

    def _out(self, products, known):
        words = _("out of stock: %(n)s of %(known)s products in the shops")
        return Line(words % {"n": products, "known": known}, "warn" if products else "good")

    def _key_customers(self, shops):
        return Line(_("key customers (large shops): %(n)s") % {"n": shops})

    def _key_customer(self, customer, known, out, packs, days10):
        words = _("%(shop)s: enough for %(days)s days; out of stock %(out)s of %(known)s")
        values = {"days": tenths(days10), "out": out, "known": known}
        return Line(words % (values | {"shop": self._shop(customer)}), "warn" if out else "")

    def _speed(self, now10, usual10, cells):
        words = _("%(now)s packs a day in the latest cycle; usually %(usual)s (%(cells)s cells)")
        values = {"now": tenths(now10), "usual": tenths(usual10), "cells": cells}
        return Line(words % values)

    def _trend(self, up, level, down):
        words = _("shopkeepers say: better %(up)s, level %(level)s, worse %(down)s")
        return Line(words % {"up": up, "level": level, "down": down})

    def _moved(self, words, product, now10, usual10):
        values = {"now": tenths(now10), "usual": tenths(usual10)}
        return Line(words % (values | {"product": self._product(product)}))

    def _faster(self, **values):
        return self._moved(_("faster: %(product)s, %(now)s a day instead of %(usual)s"), **values)

    def _slower(self, **values):
        return self._moved(_("slower: %(product)s, %(now)s a day instead of %(usual)s"), **values)

    def _no_key_products(self):
        return Line(_("No product is marked as key (重点)."))

    def _key_brands(self, due, real):
        words = _("due %(due)s / real %(real)s (shops × key products)")
        return Line(words % {"due": due, "real": real}, "warn" if real < due else "good")

    def _key_brand(self, product, real, due, known):
        words = _("%(product)s: due %(due)s / real %(real)s, of %(known)s known")
        values = {"product": self._product(product), "due": due, "real": real, "known": known}
        return Line(words % values, "" if real >= due else "warn")

    def _asked(self, about, questions):
        kind = dict(Question.About.choices).get(about, about)
        return Line(_("questions about %(about)s: %(n)s") % {"about": kind, "n": questions})

    def _not_in_order(self, what, shops, looked):
        words = _("not in order: %(what)s, in %(n)s of %(looked)s shops looked at")
        return Line(words % {"what": IN_ORDER.get(what, what), "n": shops, "looked": looked})

    def _dissatisfied(self, staff, shops):
        words = _("dissatisfied with %(staff)s: %(n)s")
        return Line(words % {"staff": STAFF.get(staff, staff), "n": shops}, "warn")

    def _said(self, visit, customer, what):
        found = self.visits.get(visit)
        text = ((found.answers.get("closing") or {}).get(what) or "").strip() if found else ""
        if not text:
            return Line(f"{self._shop(customer)}: {_('what was said is not shown any more')}")
        return Line(f"{self._shop(customer)}: {text}", address=reverse("visit", args=[visit]))

    def _said_more(self, visits):
        return Line(_("and %(n)s more") % {"n": visits})

    def _will_order(self, products):
        return Line(_("will be ordered: %(n)s products introduced") % {"n": products}, "good")

    def _kept(self, promises):
        return Line(_("promises kept: %(n)s") % {"n": promises}, "good")

    def _month_figures(self, month, cells, observed, stockout, satisfaction1000, rate1000, days10,
                       cartons):  # fmt: skip
        if not cells:
            return Line(_("%(month)s: no figures yet") % {"month": month[:7]})
        words = _(
            "%(month)s: sold %(cartons)s cartons, satisfaction %(satisfaction)s, stock-out rate "
            "%(rate)s (%(out)s of %(observed)s days), stock for %(days)s days"
        )
        values = {
            "month": month[:7],
            "cartons": "—" if cartons is None else f"{cartons:,}",
            "satisfaction": percent(satisfaction1000),
            "rate": percent(rate1000),
            "out": f"{stockout:,}",
            "observed": f"{observed:,}",
            "days": tenths(days10),
        }
        return Line(words % values)
