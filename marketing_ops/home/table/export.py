"""The table of shops as a file: all the shops found, with the columns and figures of the screen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from marketing_ops.audit.services import record
from marketing_ops.home.exports import as_csv, as_xlsx, begun
from marketing_ops.home.standing import standing
from marketing_ops.home.table.columns import COLUMNS, FEW_DAYS, SORTS
from marketing_ops.home.table.found import Found
from marketing_ops.home.table.peers import FEWEST


@require_safe
@requires(Action.SEE_FIGURES)
def export_shops(request: HttpRequest, kind: str) -> HttpResponse:
    """`kind`: csv or xlsx."""
    results = standing(request).results
    if results is None:
        return redirect("shops")  # where it says how to get figures
    found = Found(request)
    if request.method != "HEAD":
        record(
            by=request.user.get_username(),
            action="shops exported",
            subject=f"figures of {results.as_of}",
            file=kind,
            shops=len(found.ids),
            filters=found.asked,
        )
    write = as_csv if kind == "csv" else as_xlsx
    response = write(f"shops-{results.as_of}", _about(found), COLUMNS, found.all_lines())
    return begun(request, response)


def _about(found: Found) -> list[tuple[str, str]]:
    filters = [f"{label}: {answer}" for label, answer in found.form.in_words()]
    return [
        (_("Data as of"), found.results.as_of.isoformat()),
        (_("Rule set"), found.results.rules),
        (_("Filters"), "; ".join(filters) or _("none")),
        (_("Sorted by"), str(SORTS[found.form.sorted_by].label)),
        (_("Shops"), str(len(found.ids))),
        (
            _("Few observations"),
            _("no product was observed on %(days)s days of the window") % {"days": FEW_DAYS},
        ),
        (
            _("Peers"),
            _(
                "the district's other shops of the same format, area and scale that have an "
                "observed day; none where they are fewer than %(fewest)s"
            )
            % {"fewest": FEWEST},
        ),
    ]
