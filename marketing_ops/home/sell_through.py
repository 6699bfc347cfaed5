"""The sell-through ledger 动销台账 of one shop and month, for the shopkeeper to read and to print.

Purchases, sales, stock and profit of each product, from the ledger as it is known now. Profit =
sales × (retail price observed at a visit, else the suggested one, − wholesale price). A day without
a row is not observed: sums are of the observed days, and the sheet says of how many.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from brands.models import Barcode, ProductProperties
from customers.gate import requires
from customers.models import CustomerProperties
from customers.scope import Action
from customers.visits.models import Visit
from customers.visits.pages.asked import month_of
from marketing_ops.accounts.roles import Role
from marketing_ops.audit.services import record
from marketing_ops.home.exports import Column, Kind, as_csv, as_xlsx
from marketing_ops.home.shops import ProductFacts, find_shop, read_products
from marketing_ops.lib.periods import DAY, Period, month

_ROWS = """
    SELECT product_id, day, opening, received, sold, transferred, closing
      FROM inventory_ledger_row
     WHERE current AND customer_id = %s AND day BETWEEN %s AND %s
     ORDER BY product_id, day
"""
CENT = Decimal("0.01")
PRICES_BACK = 92  # days: an older observed price is not today's


@dataclass
class Line:
    """A product in the month. `opening` and `closing`: of its first and last observed day; packs.
    `profit` in yuan, None without prices. `price`: the last retail price per carton used, and
    whether it was seen in the shop."""

    product: ProductFacts
    days: int = 0
    opening: int = 0
    received: int = 0
    sold: int = 0
    transferred: int = 0
    closing: int = 0
    profit: Fraction | None = None
    price: Decimal | None = None
    seen: bool = False

    @property
    def gap(self) -> int:
        """What moved on days that nobody observed: closing − what the observed rows add up to."""
        return self.closing - (self.opening + self.received - self.sold + self.transferred)

    @property
    def yuan(self) -> Decimal | None:
        return None if self.profit is None else in_yuan(self.profit)


@dataclass
class Sheet:
    """`days`: observed, of `due` days of the month that are over (or have passed)."""

    period: Period
    lines: list[Line] = field(default_factory=list)
    days: int = 0
    due: int = 0

    def total(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines)

    @property
    def received(self) -> int:
        return self.total("received")

    @property
    def sold(self) -> int:
        return self.total("sold")

    @property
    def closing(self) -> int:
        return self.total("closing")

    @property
    def opening(self) -> int:
        return self.total("opening")

    @property
    def transferred(self) -> bool:
        return any(line.transferred for line in self.lines)

    @property
    def gaps(self) -> bool:
        return any(line.gap for line in self.lines)

    @property
    def profit(self) -> Decimal | None:
        """Over the products with prices."""
        known = [line.profit for line in self.lines if line.profit is not None]
        return in_yuan(sum(known, Fraction(0))) if known else None

    @property
    def without_price(self) -> int:
        return sum(line.profit is None for line in self.lines)

    @property
    def prices_seen(self) -> int:
        return sum(line.seen for line in self.lines)


def in_yuan(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(CENT, ROUND_HALF_EVEN)


def sheet_of(customer: int, first: date, *, today: date) -> Sheet:
    """The month that begins on `first`, up to yesterday where it is running."""
    period = month(first)
    last = min(period.end, today - DAY)
    found = Sheet(period, due=max(0, (last - period.start).days + 1))
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [customer, period.start, period.end])
        rows = cursor.fetchall()
    if not rows:
        return found
    found.days = len({row[1] for row in rows})
    products = read_products({row[0] for row in rows}, period.end)
    prices = _Prices(customer, list(products), period)
    lines: dict[int, Line] = {}
    for product, day, opening, received, sold, transferred, closing in rows:
        if product not in products:
            continue
        line = lines.get(product)
        if line is None:
            line = lines[product] = Line(products[product], opening=opening)
        line.days += 1
        line.received += received
        line.sold += sold
        line.transferred += transferred
        line.closing = closing
        prices.add(line, day, sold)
    found.lines = sorted(lines.values(), key=lambda line: (-line.sold, line.product.name))
    return found


class _Prices:
    """Dated prices of the products, and the retail prices seen in the shop; two queries more."""

    def __init__(self, customer: int, products: list[int], period: Period):
        self.known: dict[int, list[ProductProperties]] = {}
        rows = ProductProperties.objects.filter(product__in=products)
        for row in rows.during(period.start, period.end).order_by("period"):
            self.known.setdefault(row.product_id, []).append(row)
        self.seen: dict[int, list[tuple[date, str, Decimal]]] = {}
        for day, product, unit, price in observed_prices(customer, products, period):
            self.seen.setdefault(product, []).append((day, unit, price))

    def add(self, line: Line, day: date, sold: int) -> None:
        """The profit of a day's sale."""
        row = next((row for row in self.known.get(line.product.pk, ()) if _holds(row, day)), None)
        if row is None:
            return
        seen = [one for one in self.seen.get(line.product.pk, ()) if one[0] <= day]
        retail = row.retail_price
        if seen:
            _day, unit, price = seen[-1]
            retail = price * row.packs_per_carton if unit == "pack" else price
        line.price, line.seen = retail, bool(seen)
        margin = Fraction(retail) - Fraction(row.wholesale_price)
        line.profit = (line.profit or Fraction(0)) + sold * margin / row.packs_per_carton


def _holds(row, day: date) -> bool:
    lower, upper = row.period.lower, row.period.upper
    return (lower is None or lower <= day) and (upper is None or day < upper)


def observed_prices(
    customer: int, products: list[int], period: Period
) -> Iterator[tuple[date, int, str, Decimal]]:
    """(day, product, pack or carton, yuan) noted at the shop's visits, in their order."""
    visits = Visit.objects.filter(
        customer=customer, day__range=(period.start - PRICES_BACK * DAY, period.end)
    ).filter(body__steps__market__has_key="prices")
    noted = [
        (day, price)
        for day, prices in visits.order_by("day", "started_at").values_list(
            "day", "body__steps__market__prices"
        )
        for price in (prices or [])
    ]
    if not noted:
        return
    codes = dict(
        Barcode.objects.filter(
            code__in={str(price.get("barcode")) for _day, price in noted}, product__in=products
        ).values_list("code", "product_id")
    )
    for day, price in noted:
        product = codes.get(str(price.get("barcode")))
        try:
            yuan = Decimal(str(price.get("price")))
        except InvalidOperation:
            continue
        if product is not None and yuan > 0:
            yield day, product, str(price.get("unit")), yuan


def _asked(request: HttpRequest, licence: str) -> tuple[int, str, Sheet]:
    pk, now = find_shop(request.customers, licence, request.today)
    asked = request.GET.get("month")
    first = month_of(asked) if asked else request.today.replace(day=1)
    if first > request.today:
        raise Http404
    return pk, now, sheet_of(pk, first, today=request.today)


def _name(customer: int, day: date) -> str:
    rows = CustomerProperties.objects.filter(customer=customer, period__startswith__lte=day)
    return rows.order_by("-period").values_list("name", flat=True).first() or "—"


@require_safe
@requires(Action.SEE_SHOPS)
def sell_through(request: HttpRequest, licence: str) -> HttpResponse:
    """For who serves or leads the shop, and for the shopkeeper."""
    pk, now, sheet = _asked(request, licence)
    own = request.roles == {Role.CUSTOMER}
    context = {
        "sheet": sheet,
        "shop": _name(pk, sheet.period.end),
        "licence": now,
        "own": own,
        "month": f"{sheet.period.start:%Y-%m}",
        "before": f"{sheet.period.start - DAY:%Y-%m}",
        "after": f"{sheet.period.end + DAY:%Y-%m}" if sheet.period.end < request.today else "",
    }
    return render(request, "home/sell_through.html", context)


COLUMNS = [
    Column("barcode", gettext_lazy("Barcode"), Kind.TEXT, lambda line: line.product.barcode),
    Column("product", gettext_lazy("Product"), Kind.TEXT, lambda line: line.product.name),
    Column("carton", gettext_lazy("Packs per carton"), Kind.COUNT,
           lambda line: line.product.packs_per_carton),
    Column("days", gettext_lazy("Observed days"), Kind.COUNT, lambda line: line.days),
    Column("opening", gettext_lazy("Stock at the beginning (packs)"), Kind.COUNT,
           lambda line: line.opening),
    Column("received", gettext_lazy("Purchases (packs)"), Kind.COUNT, lambda line: line.received),
    Column("sold", gettext_lazy("Sales (packs)"), Kind.COUNT, lambda line: line.sold),
    Column("transferred", gettext_lazy("Transferred (packs)"), Kind.COUNT,
           lambda line: line.transferred),
    Column("closing", gettext_lazy("Stock at the end (packs)"), Kind.COUNT,
           lambda line: line.closing),
    Column("gap", gettext_lazy("Moved on unobserved days (packs)"), Kind.COUNT,
           lambda line: line.gap),
    Column("price", gettext_lazy("Retail price per carton (yuan)"), Kind.TEXT,
           lambda line: line.price),
    Column("seen", gettext_lazy("Price seen in the shop"), Kind.YES, lambda line: line.seen),
    Column("profit", gettext_lazy("Profit (yuan)"), Kind.TEXT, lambda line: line.yuan),
]  # fmt: skip


@require_safe
@requires(Action.SEE_SHOPS)
def export_sell_through(request: HttpRequest, licence: str, kind: str) -> HttpResponse:
    pk, now, sheet = _asked(request, licence)
    if request.method != "HEAD":
        record(
            by=request.user.get_username(),
            action="sell-through exported",
            subject=f"licence {now}",
            file=kind,
            month=f"{sheet.period.start:%Y-%m}",
        )
    about = [
        (_("Shop"), _name(pk, sheet.period.end)),
        (_("Licence number"), now),
        (_("Month"), f"{sheet.period.start:%Y-%m}"),
        (_("Observed days"), f"{sheet.days}/{sheet.due}"),
        (_("Purchases (packs)"), str(sheet.received)),
        (_("Sales (packs)"), str(sheet.sold)),
        (_("Profit (yuan)"), "" if sheet.profit is None else str(sheet.profit)),
    ]
    plain = "".join(letter for letter in now if letter.isascii() and letter.isalnum())
    write = as_csv if kind == "csv" else as_xlsx
    return write(f"sell-through-{plain}-{sheet.period.start:%Y-%m}", about, COLUMNS, sheet.lines)
