"""The gate before every address of the API: each names the action that it is, like a page.

No session and no valid token: 401. No right to the action: 403. What is not among the person's own
shops is not there: 404, as if it did not exist.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated

from customers.models import Customer
from customers.scope import ALLOWED, Action, customers_of, may
from marketing_ops.accounts import second_factor
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.rest.filters import Strict, refuse_unknown
from marketing_ops.lib.rest.language import Spoken
from marketing_ops.lib.rest.paging import Keyset


class ApiView(Spoken, GenericAPIView):
    """An address of the API. `self.today` and `self.customers` are what the person may speak of.

    Answers carry an ETag over their whole content: it changes with the results, the master data,
    the person's shops and the language, and with nothing else.
    """

    requires: ClassVar[Action]
    permission_classes = [IsAuthenticated]
    pagination_class = None
    filter_backends = []
    conditional = True
    # Query parameters; those of filters and pages are known without being named here.
    parameters: ClassVar[frozenset[str]] = frozenset()
    # Which segment each customer has in a set of results (None: the current one). It follows from
    # figures, which lie above: marketing_ops/api_urls.py plugs it in.
    segments_of: Callable[[Any], Mapping[int, str]] | None = None

    today: date

    @cached_property
    def customers(self) -> QuerySet[Customer]:
        return customers_of(self.request.user, on=self.today)

    @classmethod
    def as_view(cls, **kwargs):
        view = conditional_page(super().as_view(**kwargs))
        view.action = cls.requires
        return view

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.today = timezone.localdate()
        if not self.allows(request):
            raise PermissionDenied
        if ALLOWED[self.requires] == {Role.ADMIN} and second_factor.missing(request):
            raise PermissionDenied(_("For this, log in with your second factor."))
        if Strict not in self.filter_backends and request.method in ("GET", "HEAD"):
            refuse_unknown(request, set(self.parameters))

    def allows(self, request) -> bool:
        """Whether the person may do this at all, today."""
        return may(request.user, self.requires, on=self.today)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        # Kept by the client only, and asked again each time: rights can end at any moment.
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
        return response


class ApiList(ListModelMixin, ApiView):
    """A list, page by page. Wants `queryset` (its model), `orderings`, `serializer_class`,
    `filterset_class`, and what is done with a page's rows before they are written: `complete`."""

    pagination_class = Keyset
    filter_backends = [Strict]

    def get(self, request, *args, **kwargs):
        return self.list(request, *args, **kwargs)

    def paginate_queryset(self, queryset):
        rows = super().paginate_queryset(queryset)
        self.complete(rows)
        return rows

    def complete(self, rows: list) -> None:
        """Add what the rows need from other tables: for all of them at once."""
