"""Imports and nights in the API: what they did, how far they are, what went wrong.

Who may see them is said where the address is given (marketing_ops/api_urls.py): the rule of who may
do what lies above this floor.
"""

from datetime import datetime

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from marketing_ops.lib.rest.filters import Choice, Day, Declared
from marketing_ops.lib.rest.paging import Key
from marketing_ops.runs.models import Run

ORDERINGS = {"started_at": (Key("started_at", datetime, True), Key("pk", int, True))}


class RunSerializer(serializers.ModelSerializer):
    kind_name = serializers.CharField(source="get_kind_display")
    status_name = serializers.CharField(source="get_status_display")
    counts = serializers.DictField(help_text="Numbers by name; a step's counts by its name.")

    class Meta:
        model = Run
        fields = (
            "id", "kind", "kind_name", "title", "status", "status_name", "by", "started_at",
            "beat_at", "finished_at", "as_of", "known_at", "step", "done", "total", "counts",
            "error",
        )  # fmt: skip


class RunFilters(Declared):
    kind = Choice(Run.Kind, label="Imports, nights, or the demo's filling.")
    status = Choice(Run.Status, label="Running, done or failed.")
    as_of = Day(label="Nights for this day.")

    def narrowed(self, queryset, asked):
        return queryset.filter(**asked)


class OneRun:
    """What answers for one run, once the gate is put before it."""

    serializer_class = RunSerializer
    queryset = Run.objects.all()

    def get(self, request, number):
        return Response(self.get_serializer(get_object_or_404(Run, pk=number)).data)
