"""One visit: what was answered, its photos, where it was, and what there is to ask about it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.models import CustomerProperties
from customers.scope import ALLOWED, Action
from customers.visits.made_queries import findings_between, limits_on
from customers.visits.models import ConfidentialReport, Photo, Position, Visit
from customers.visits.queries import visits_seen_by
from customers.visits.services import photos as photo_files
from marketing_ops.home.visits.answers_words import steps_in_words
from marketing_ops.home.visits.board import finding_words


@never_cache
@require_safe
@requires(Action.SEE_VISITS)
def visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """404 alike for a visit that is not there and one that is not for who asks."""
    seen = visits_seen_by(request.user, on=request.today)
    found: Visit = get_object_or_404(seen.select_related("made_by"), pk=visit_id)
    known = CustomerProperties.objects.on(found.day).filter(customer=found.customer_id).first()
    whole_day = seen.filter(made_by=found.made_by_id)
    limits = limits_on(found.day)
    asked = findings_between(whole_day, found.day, found.day, limits=limits).get(str(found.pk), [])
    positions = list(Position.objects.filter(visit=found).order_by("at"))
    photos = list(photo_files.of_visit(found).order_by("step", "pk"))
    context = {
        "visit": found,
        "shop": known.name if known else "",
        # The shop may have gone to somebody else since.
        "served": request.customers.filter(pk=found.customer_id).exists(),
        "begun": timezone.localtime(found.started_at),
        "ended": timezone.localtime(found.ended_at),
        "asked": [finding_words(finding, limits) for finding in asked],
        "steps": steps_in_words(found.answers, day=found.day),
        "photos": [_photo(found, one) for one in photos if not one.confidential],
        "photos_missing": sum(one.received_at is None for one in photos if not one.confidential),
        "map": _map(found, known, positions),
        "positions": positions,
        "missing": found.get_check_in_missing_display() or found.get_check_out_missing_display(),
        "confidential": _confidential(request, found, photos),
    }
    return render(request, "visits/visit.html", context)


def _photo(found: Visit, photo: Photo) -> dict:
    here = photo.received_at is not None and photo.erased_at is None
    address = reverse("api-visit-photo", args=[found.pk, photo.sha256]) if here else ""
    return {"address": address, "erased": photo.erased_at is not None, "step": photo.step}


def _map(found: Visit, known, positions: list[Position]) -> dict | None:
    """The shop, and where the phone was; None without both."""
    if not positions or known is None or known.latitude is None:
        return None
    shops = [[known.latitude, known.longitude, 0, -1, known.name, "", _("the shop"), ""]]
    for one in positions:
        near = "" if one.accuracy is None else _("± %(m)s m") % {"m": round(one.accuracy)}
        at = timezone.localtime(one.at).strftime("%H:%M")
        words = f"{one.get_moment_display()} {at} {near}"
        shops.append([one.latitude, one.longitude, 1, -1, str(one.get_moment_display()), "", words,
                      ""])  # fmt: skip
    return {
        "groups": [
            {"name": _("shop"), "tone": "info", "shape": "square"},
            {"name": _("phone"), "tone": "warn", "shape": "circle"},
        ],
        "areas": [],
        "shops": shops,
    }


def _confidential(request: HttpRequest, found: Visit, photos: list[Photo]) -> dict | None:
    if not ALLOWED[Action.SEE_CONFIDENTIAL] & request.roles:
        return None
    report = ConfidentialReport.objects.filter(visit=found).first()
    if report is None:
        return None
    return {"report": report, "photos": [_photo(found, one) for one in photos if one.confidential]}
