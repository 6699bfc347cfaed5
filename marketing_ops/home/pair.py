"""One shop × product: its days, every indicator with its reason, the quota with all of its."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from brands.models import Barcode
from customers.gate import requires
from customers.models import Event
from customers.scope import Action
from inventory.indicators import rules as formulas
from inventory.indicators.models import Figure, ResultSet, ShopPeriod
from inventory.models import ShopDay, Source
from inventory.quality.models import Cause, Detection, Finding, Flag
from inventory.quality.queries import episodes_in_force
from marketing_ops.home import why
from marketing_ops.home.attention import attention
from marketing_ops.home.chart import Band, draw
from marketing_ops.home.days import Episode, LedgerDay, State, ledger_days
from marketing_ops.home.shops import ProductFacts, Shop, find_shop, read_products, read_shops
from marketing_ops.home.standing import Standing, standing
from marketing_ops.lib.charts import Days, runs
from marketing_ops.lib.periods import WINDOW_DAYS, Period, last_complete_month, last_complete_week
from orders.models import OrderLine
from orders.quotas.models import QuotaDecision, Recommendation
from orders.quotas.reasons import words

LAST_ORDERS = 14


@require_safe
@requires(Action.SEE_FIGURES)
def pair(request: HttpRequest, licence: str, barcode: str) -> HttpResponse:
    customer, now = find_shop(request.customers, licence, request.today)
    product = _product(barcode, request.today)
    if now != licence or product.barcode != barcode:
        return redirect("pair", now, product.barcode)
    results = standing(request).results
    shop = read_shops(
        request.customers.filter(pk=customer),
        day=request.today,
        deliveries_after=results.as_of if results else request.today,
    )[customer]
    context = {"shop": shop, "product": product, "carton": product.packs_per_carton}
    if results is not None:
        context |= _figures(shop, product, standing(request))
    context |= {
        "decisions": QuotaDecision.objects.known(None)
        .filter(customer=customer, product=product.pk)
        .order_by("-period"),
        "in_force": QuotaDecision.objects.known(None)
        .on(request.today)
        .filter(customer=customer, product=product.pk)
        .first(),
        "orders": OrderLine.objects.known(None)
        .filter(customer=customer, product=product.pk)
        .order_by("-ordered_on")[:LAST_ORDERS],
    }
    return render(request, "home/pair.html", context)


def _product(barcode: str, today: date) -> ProductFacts:
    """The product that has, or had, this code on its pack. Raises Http404."""
    found = (
        Barcode.objects.filter(code=barcode, kind=Barcode.Kind.PACK)
        .order_by("-period")
        .values_list("product_id", flat=True)
        .first()
    )
    facts = read_products([found], today) if found else {}
    if not facts:
        raise Http404
    return facts[found]


@dataclass(frozen=True, slots=True)
class Counted:
    """The days of a period as they were counted, for the reasons of its figures."""

    period: Period
    days: list[LedgerDay]

    def _in(self, *states: State) -> list[date]:
        return [entry.day for entry in self.days if entry.state in states]

    @property
    def out(self) -> list[date]:
        return self._in(State.STOCKOUT)

    @property
    def unseen(self) -> list[date]:
        return self._in(State.NO_REPORT, State.NOT_IN_REPORT, State.FLAGGED)

    @property
    def unseen_runs(self) -> list[tuple[date, date]]:
        """The first and last day of each unbroken run of days that were not observed."""
        unseen = set(self.unseen)
        return runs(sorted(unseen), unseen.__contains__)

    @property
    def observed(self) -> int:
        return len(self.days) - len(self.unseen)


def _figures(shop: Shop, product: ProductFacts, now: Standing) -> dict:
    """What the night knew and reckoned of the pair; `figure` None: nothing at all."""
    results = now.results
    of_pair = {"customer": shop.pk, "product": product.pk}
    figure = Figure.objects.filter(result_set=results, **of_pair).first()
    period = ShopPeriod.objects.filter(result_set=results, customer=shop.pk).first()
    begun = period.window_start if period else None
    span = Days(begun or results.as_of - timedelta(days=WINDOW_DAYS - 1), results.as_of)
    threshold = figure.threshold if figure else results.stockout_thresholds.default
    documents = ShopDay.objects.filter(customer=shop.pk, day__range=(span.first, span.last))
    days = ledger_days(
        list(documents.order_by("day", "version")),
        product=product.pk,
        span=span,
        known_at=results.known_at,
        counted_from=span.first,
        threshold=threshold,
        sources=dict(Source.objects.values_list("pk", "name")),
        flags=_episodes(shop, product, results),
    )
    flags = list(Flag.objects.filter(**of_pair, last_day__gte=span.first).order_by("first_day"))
    detections = Detection.objects.filter(
        sweep__as_of=results.as_of, sweep__known_at=results.known_at, **of_pair
    )
    context = {
        "figure": figure,
        "period": period,
        "days": list(reversed(days)),
        "later": any(entry.later for entry in days),
        "detections": [(one, _said_of(one, flags)) for one in detections.order_by("first_day")],
        "flags": flags,
        "findings": _findings(span, **of_pair),
        "summary": {
            "out": sum(entry.state == State.STOCKOUT for entry in days),
            "unseen": sum(not entry.observed for entry in days),
        },
    }
    if any(entry.row for entry in days):
        context["chart"] = draw(
            days, events=_events(shop, span, results), packs_per_carton=product.packs_per_carton
        )
    if figure is not None:
        reasonable = now.reasonable_range(product.price_class)
        context |= _indicators(figure, period, days, results, reasonable)
        context["matter"] = attention(
            figure,
            as_of=results.as_of,
            next_delivery=shop.next_delivery,
            reasonable=reasonable,
        )
    advice = Recommendation.objects.filter(result_set=results, **of_pair).first()
    if advice is not None:
        reasons = words(advice.row, packs_per_carton=product.packs_per_carton)
        context |= {"advice": advice, "reasons": reasons}
    return context


def _indicators(
    figure: Figure,
    period: ShopPeriod,
    days: list[LedgerDay],
    results: ResultSet,
    reasonable: tuple[int, int] | None,
) -> dict:
    def counted(start: date | None, end: date | None) -> Counted | None:
        if start is None:
            return None
        return Counted(Period(start, end), [e for e in days if start <= e.day <= end])

    week, month = last_complete_week(results.as_of), last_complete_month(results.as_of)
    recent = results.as_of - timedelta(days=formulas.RECENT_DAYS - 1)
    return {
        "indicators": why.of_periods(
            figure.cycle, figure.window, threshold=figure.threshold, reasonable=reasonable
        ),
        "cycle_days": counted(period.cycle_start, period.cycle_end),
        "window_days": counted(period.window_start, period.window_end),
        "moments": [
            (
                _("Days of stock"),
                _(
                    "Latest closing stock ÷ average daily sales over the effective days of the "
                    "last 28 days."
                ),
                counted(recent, results.as_of),
                why.days_of_stock(
                    latest_closing=figure.latest_closing,
                    recent_sold=figure.recent_sold,
                    recent_effective_days=figure.recent.effective_days,
                ),
            ),
            (
                _("Weekly point ratio"),
                _("Stock at Sunday's close ÷ that week's retail sales; a plain ratio."),
                counted(week.start, week.end),
                why.point_ratio(
                    figure.weekly_point_ratio,
                    closing=figure.week_closing,
                    sold=figure.week_sold,
                    whole=figure.week_sold is not None,
                ),
            ),
            (
                _("Monthly point ratio"),
                _("Stock at the month's last close ÷ the month's retail sales; a plain ratio."),
                counted(month.start, month.end),
                why.point_ratio(
                    figure.monthly_point_ratio,
                    closing=figure.month_closing,
                    sold=figure.month_sold,
                    whole=figure.month_sold is not None,
                ),
            ),
        ],
    }


def _said_of(detection: Detection, flags: list[Flag]) -> Flag | None:
    """The last word of a person on days of a detected episode; None where nobody said anything."""
    said = [
        flag
        for flag in flags
        if flag.cause == detection.cause
        and flag.first_day <= detection.last_day
        and flag.last_day >= detection.first_day
    ]
    return max(said, key=lambda flag: (flag.decided_at or flag.raised_at, flag.pk), default=None)


def _episodes(shop: Shop, product: ProductFacts, results: ResultSet) -> list[Episode]:
    """The days that the night took for false."""
    return [
        Episode(
            episode.first_day,
            episode.last_day,
            kept_back=episode.cause == Cause.KEPT_BACK,
            cause=str(Cause(episode.cause).label),
        )
        for episode in episodes_in_force(
            customers=(shop.pk, shop.pk + 1), as_of=results.as_of, known_at=results.known_at
        )
        if episode.product == product.pk
    ]


def _events(shop: Shop, span: Days, results: ResultSet) -> list[Band]:
    """The events around the shop as the night knew them."""
    return [
        Band(event.starts_on, event.ended_on or event.expected_end, event.title)
        for event in Event.objects.known(results.known_at).filter(
            customer_ids__contains=[shop.pk], starts_on__lte=span.last
        )
    ]


def _findings(span: Days, *, customer: int, product: int) -> list[tuple]:
    """(finding, expected, found) of the pair's days, the newest first; None without numbers."""
    found = []
    for finding in Finding.objects.filter(
        customer=customer, products__contains=[product], day__range=(span.first, span.last)
    ).order_by("-day"):
        place = finding.products.index(product)
        numbers = (finding.expected, finding.found)
        found.append((finding, *(n[place] if len(n) > place else None for n in numbers)))
    return found
