"""The ledger of one shop × product in the API: day by day, with every version."""

from datetime import date, datetime

import numpy as np
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from brands.api import ProductNameSerializer, named_products, product_or_404
from customers.api import ShopNameSerializer, named_shops, shop_or_404
from customers.rest import ApiView
from customers.scope import Action
from inventory.documents import decode
from inventory.models import ShopDay, Source
from marketing_ops.lib.rest.filters import read_days, read_moment

USUAL_DAYS, MOST_DAYS = 91, 366


class RowSerializer(serializers.Serializer):
    """closing = opening + received − sold + transferred; all in packs."""

    opening = serializers.IntegerField()
    received = serializers.IntegerField()
    sold = serializers.IntegerField()
    transferred = serializers.IntegerField()
    closing = serializers.IntegerField()
    source = serializers.CharField(help_text="Code of the source that the row is from.")


class VersionSerializer(serializers.Serializer):
    """What one arrival made of the day."""

    version = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField(help_text="Code of the source that arrived.")
    complete = serializers.BooleanField(
        help_text="Whether a product without a row had no stock and no sale."
    )
    by = serializers.CharField()
    row = RowSerializer(allow_null=True, help_text="null: the day without this product.")


class LedgerDaySerializer(serializers.Serializer):
    """A day; without a version that was known it was not observed, which is not a zero."""

    day = serializers.DateField()
    version = serializers.IntegerField(allow_null=True, help_text="The one that counts.")
    row = RowSerializer(allow_null=True)
    versions = VersionSerializer(many=True, help_text="All of the day, the oldest first.")


class LedgerSerializer(serializers.Serializer):
    shop = ShopNameSerializer()
    product = ProductNameSerializer()
    known_at = serializers.DateTimeField(allow_null=True, help_text="null: now.")
    days = LedgerDaySerializer(many=True, help_text="Every day asked for, the oldest first.")


class Ledger(ApiView):
    """The daily ledger (进销存) of a product in a shop, with what each version replaced."""

    requires = Action.SEE_FIGURES
    serializer_class = LedgerSerializer
    parameters = frozenset({"from", "to", "known_at"})

    @extend_schema(
        parameters=[
            OpenApiParameter("from", date, description=f"First day; at most {MOST_DAYS} days."),
            OpenApiParameter("to", date, description="Last day; without: today."),
            OpenApiParameter("known_at", datetime, description="As it was known at this time."),
        ]
    )
    def get(self, request, licence_no, barcode):
        customer, product = shop_or_404(self.customers, licence_no), product_or_404(barcode)
        first, last = read_days(request, last=self.today, usual=USUAL_DAYS, most=MOST_DAYS)
        known_at = read_moment(request, "known_at")
        content = {
            "shop": named_shops([customer], last)[customer],
            "product": named_products([product], last)[product],
            "known_at": known_at,
            "days": ledger_days(customer, product, first, last, known_at),
        }
        return Response(self.get_serializer(content).data)


def ledger_days(
    customer: int, product: int, first: date, last: date, known_at: datetime | None
) -> list[dict]:
    """What LedgerDaySerializer says of each day, in two queries."""
    documents = ShopDay.objects.filter(customer=customer, day__range=(first, last))
    if known_at is not None:
        documents = documents.filter(received_at__lte=known_at)
    documents = list(documents.order_by("day", "version"))
    sources = dict(Source.objects.values_list("pk", "code"))
    by_day: dict[date, list[dict]] = {}
    for document, row in zip(documents, _rows(documents, product, sources), strict=True):
        replaced = document.superseded_at
        if known_at is not None and replaced is not None and replaced > known_at:
            replaced = None
        by_day.setdefault(document.day, []).append(
            {
                "version": document.version,
                "received_at": document.received_at,
                "superseded_at": replaced,
                "source": sources[document.source_id],
                "complete": document.complete,
                "by": document.by,
                "row": row,
            }
        )
    days = []
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number)
        versions = by_day.get(day, [])
        known = next((one for one in versions if one["superseded_at"] is None), None)
        days.append(
            {
                "day": day,
                "version": known and known["version"],
                "row": known and known["row"],
                "versions": versions,
            }
        )
    return days


def _rows(documents: list[ShopDay], product: int, sources: dict[int, str]) -> list[dict | None]:
    """The product's row in each document."""
    found: list[dict | None] = [None] * len(documents)
    if not documents:
        return found
    own = np.array([document.source_id for document in documents], np.int32)
    rows, starts = decode([bytes(document.rows) for document in documents], own)
    at = np.flatnonzero(rows.product == product)
    places = np.searchsorted(starts, at, side="right") - 1
    for place, index in zip(places.tolist(), at.tolist(), strict=True):
        found[place] = {
            "opening": int(rows.opening[index]),
            "received": int(rows.received[index]),
            "sold": int(rows.sold[index]),
            "transferred": int(rows.transferred[index]),
            "closing": int(rows.closing[index]),
            "source": sources[int(rows.source[index])],
        }
    return found
