"""`/`: each person's own first page, by the posts of the day."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from marketing_ops.accounts.roles import Role
from marketing_ops.home.my_shop import my_shop
from marketing_ops.home.overview.page import overview
from marketing_ops.home.today import today

# Who holds several posts sees the page of the first: whom shops wait for today, then who looks over
# many. A substitute for an account manager is one. Each page asks the gate again for itself.
PAGES = (
    ({Role.ACCOUNT_MANAGER}, "today", today),
    ({Role.ADMIN, Role.DISTRICT, Role.MARKET_MANAGER, Role.INSPECTOR}, "overview", overview),
    ({Role.CUSTOMER}, "my-shop", my_shop),
)


@require_safe
@requires(Action.SEE_SHOPS)
def home(request: HttpRequest) -> HttpResponse:
    for roles, name, page in PAGES:
        if roles & request.roles:
            request.shows = name  # marked in the navigation
            return page(request)
    raise PermissionDenied
