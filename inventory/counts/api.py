"""Stock counts and the collection by hand, in the API."""

from dataclasses import replace
from datetime import date

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from brands.api import ProductNameSerializer, name_products, named_products
from brands.lines import products_of
from customers.api import ShopNameSerializer, name_shops, named_shops, shop_or_404
from customers.filters import ShopFilters, matching
from customers.rest import ApiList, ApiView
from customers.scope import Action, may
from customers.visits.answers import BARCODE, MOST_LINES
from customers.visits.pages.asked import day_of
from customers.visits.queries import visits_seen_by
from inventory.counts import queries
from inventory.counts.entering import MOST_PACKS, MOST_PRICE, Wrong, entry_of
from inventory.counts.models import StockCount
from inventory.counts.services import Refused, collect_day, collect_week
from inventory.models import ManualCollection, ShopDay
from marketing_ops.lib.rest.filters import Day, YesNo
from marketing_ops.lib.rest.paging import Key


class StockCountSerializer(serializers.ModelSerializer):
    """A product counted at a visit. Products with `expected` = `counted`, of those with `expected`,
    are the match rate."""

    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    expected = serializers.IntegerField(
        allow_null=True, help_text="Packs by the ledger; null: it said nothing."
    )
    expected_day = serializers.DateField(allow_null=True)
    visit = serializers.UUIDField(source="visit_id")

    class Meta:
        model = StockCount
        fields = ("id", "visit", "shop", "product", "day", "expected", "expected_day", "counted")


class _ByShop(ShopFilters):
    """Shops as they are today."""

    def shops(self, asked):
        view = self.request.parser_context["view"]
        return matching(view.customers, asked, view.today, segments=lambda: view.segments_of(None))


class StockCountFilters(_ByShop):
    first_day = Day(label="Counted on this day or later.")
    last_day = Day(label="Counted on this day or before.")

    def narrowed(self, queryset, asked):
        if "first_day" in asked:
            queryset = queryset.filter(day__gte=asked["first_day"])
        if "last_day" in asked:
            queryset = queryset.filter(day__lte=asked["last_day"])
        return queryset.filter(customer__in=self.shops(asked))


class StockCountList(ApiList):
    """What was counted at visits that the person sees, the last first."""

    requires = Action.SEE_COUNTS
    queryset = StockCount.objects.all()
    serializer_class = StockCountSerializer
    filterset_class = StockCountFilters
    orderings = {"day": (Key("day", date, True), Key("pk"))}

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .filter(visit__in=visits_seen_by(self.request.user, on=self.today))
        )

    def complete(self, rows):
        name_shops(rows, self.today)
        name_products(rows, self.today)


class CollectionDaySerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop")
    told = serializers.BooleanField(help_text="Whether the ledger has the day meanwhile.")

    class Meta:
        model = ManualCollection
        fields = ("shop", "day", "listed_at", "told")


class CollectionFilters(_ByShop):
    told = YesNo(label="Whether the ledger has the day meanwhile; without: both.")

    def narrowed(self, queryset, asked):
        if "told" in asked:
            queryset = queryset.filter(told=asked["told"] == "true")
        return queryset.filter(customer__in=self.shops(asked))


class CollectionDayList(ApiList):
    """The shop-days of the last two weeks that are to be collected by hand."""

    requires = Action.SEE_COUNTS
    queryset = ManualCollection.objects.filter(released_at=None)
    serializer_class = CollectionDaySerializer
    filterset_class = CollectionFilters
    orderings = {"day": (Key("day", date, True), Key("pk"))}

    def get_queryset(self):
        told = ShopDay.objects.known(None).filter(
            customer=OuterRef("customer"), day=OuterRef("day")
        )
        since = queries.first_day_back(self.today)
        found = super().get_queryset().filter(day__gte=since, day__lt=self.today)
        return found.annotate(told=Exists(told))

    def complete(self, rows):
        name_shops(rows, self.today)


def _packs(**options):
    return serializers.IntegerField(min_value=0, max_value=MOST_PACKS, **options)


class EntrySerializer(serializers.Serializer):
    """A product's numbers in packs. Give `sold` or `closing`; the other follows. `opening` and
    `received` are as the list says where they are left out."""

    barcode = serializers.CharField(**BARCODE, help_text="Of the pack.")
    opening = _packs(required=False)
    received = _packs(required=False)
    sold = _packs(required=False, allow_null=True)
    closing = _packs(required=False, allow_null=True)


class WeekEntrySerializer(EntrySerializer):
    price = serializers.DecimalField(
        max_digits=7,
        decimal_places=2,
        min_value=0,
        max_value=MOST_PRICE,
        required=False,
        allow_null=True,
        help_text="Seen in the shop, yuan per carton.",
    )


class DayEntriesSerializer(serializers.Serializer):
    lines = EntrySerializer(many=True, max_length=MOST_LINES)


class WeekEntriesSerializer(serializers.Serializer):
    lines = WeekEntrySerializer(many=True, max_length=MOST_LINES)


class LineSerializer(serializers.Serializer):
    """A product as it is known before somebody enters it, or as it was entered."""

    product = ProductNameSerializer(source="named_product")
    opening = serializers.IntegerField()
    opening_day = serializers.DateField(allow_null=True, help_text="Of which day that stock is.")
    received = serializers.IntegerField()
    sold = serializers.IntegerField(allow_null=True)
    closing = serializers.IntegerField(allow_null=True)
    price = serializers.DecimalField(max_digits=9, decimal_places=2, allow_null=True)


class SheetSerializer(serializers.Serializer):
    shop = ShopNameSerializer()
    first_day = serializers.DateField()
    asked_for = serializers.BooleanField(help_text="Whether it can be entered (now).")
    lines = LineSerializer(many=True)


class _Sheet(ApiView):
    """GET: what the sheet begins with. POST: enter it; the same again changes nothing."""

    requires = Action.SEE_COUNTS
    weekly: bool

    def _sheet(self, customer: int, day: date) -> Response:
        read = queries.lines_of_week if self.weekly else queries.lines_of_day
        lines = read(customer, day)
        named = named_products({line.product for line in lines}, day)
        said = {
            "shop": named_shops([customer], self.today)[customer],
            "first_day": day,
            "asked_for": self._asked_for(customer, day),
            "lines": [
                {
                    "named_product": named[line.product],
                    **{
                        name: getattr(line, name)
                        for name in (
                            "opening", "opening_day", "received", "sold", "closing", "price"
                        )
                    },
                }
                for line in lines
            ],
        }  # fmt: skip
        return Response(SheetSerializer(said).data)

    def _asked_for(self, customer: int, day: date) -> bool:
        if not self.weekly:
            return queries.may_be_entered(customer, day, today=self.today)
        return day in queries.weeks_back(self.today) and queries.is_point(customer, day)

    def _post(self, request, licence_no: str, day: str, serializer) -> Response:
        if not may(request.user, Action.COLLECT_BY_HAND, on=self.today):
            self.permission_denied(request)
        first, customer = day_of(day), shop_or_404(self.customers, licence_no)
        form = serializer(data=request.data)
        form.is_valid(raise_exception=True)
        read = queries.lines_of_week if self.weekly else queries.lines_of_day
        known = {line.product: line for line in read(customer, first)}
        entries = _entries(form.validated_data["lines"], known, first)
        save = {
            "customer": customer,
            "entries": entries,
            "by": request.user.get_username(),
            "at": timezone.now(),
            "today": self.today,
        }
        try:
            if self.weekly:
                collect_week(monday=first, **save)
            else:
                collect_day(day=first, **save)
        except Refused as error:
            raise ValidationError({"lines": [str(error)]}) from error
        return self._sheet(customer, first)


def _entries(lines: list[dict], known: dict[int, queries.Line], day: date) -> list:
    """What was sent as entries; raises ValidationError at a line."""
    products = products_of((line["barcode"] for line in lines), on=day)
    named = named_products(products.values(), day)
    errors: list[dict] = [{} for _line in lines]
    entries: dict[int, object] = {}
    for said, error in zip(lines, errors, strict=True):
        product = products.get(said["barcode"])
        if product is None:
            error["barcode"] = [_("There is no product with this barcode.")]
            continue
        if product in entries:
            error["barcode"] = [_("This product is there twice.")]
            continue
        line = known.get(product) or queries.Line(product, 0, None, 0)
        try:
            entry = entry_of(line, said, packs_per_carton=named[product]["packs_per_carton"])
        except Wrong as wrong:
            error[wrong.part] = [str(wrong)]
            continue
        if entry is None:
            error["sold"] = [_("Give what was sold or what is left.")]
            continue
        entries[product] = replace(entry, price=said.get("price"))
    if any(errors):
        raise ValidationError({"lines": errors})
    return list(entries.values())


class CollectionDay(_Sheet):
    """A missing day of a shop: what it begins with, and its entry into the ledger."""

    weekly = False

    @extend_schema(responses=SheetSerializer)
    def get(self, request, licence_no, day):
        return self._sheet(shop_or_404(self.customers, licence_no), day_of(day))

    @extend_schema(request=DayEntriesSerializer, responses=SheetSerializer)
    def post(self, request, licence_no, day):
        return self._post(request, licence_no, day, DayEntriesSerializer)


class PointWeekSheet(_Sheet):
    """An information point's week, by its Monday."""

    weekly = True

    @extend_schema(responses=SheetSerializer)
    def get(self, request, licence_no, day):
        monday = day_of(day)
        if monday.isoweekday() != 1:
            raise Http404
        return self._sheet(shop_or_404(self.customers, licence_no), monday)

    @extend_schema(request=WeekEntriesSerializer, responses=SheetSerializer)
    def post(self, request, licence_no, day):
        return self._post(request, licence_no, day, WeekEntriesSerializer)
