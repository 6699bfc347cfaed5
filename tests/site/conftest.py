"""The site with something on every page: the town after its night, an import, a visit, a server."""

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.desk.conftest import Desk, queue  # noqa: F401 (fixtures)
from tests.imports.files import CUSTOMER_HEADER, shop
from tests.pages.conftest import (  # noqa: F401 (fixtures)
    catalogue,
    chinese,
    clock,
    compiled,
    district,
    report,
    stocked,
)
from tests.site.visitor import LANGUAGES, Visitor
from tests.town import PASSWORD
from tests.visits.cast import send

ROWS = (
    CUSTOMER_HEADER,
    shop("L1", name="张江一店（新）"),
    *(shop(f"M{number}", scale="特大", opened_on="2024-02-30") for number in range(30)),
)


@pytest.fixture
def town(committed_town):
    """Committed, because the server answers from another connection."""
    return committed_town


@pytest.fixture
def site(district, queue):  # noqa: F811
    """Its address."""
    desk = Desk(district, queue)
    desk.imported(ROWS, name="客户资料2024年6月.csv")
    send(
        started_at="2024-06-26T09:00:00+08:00",
        ended_at="2024-06-26T09:12:00+08:00",
        steps={"stock_count": {"lines": [{"barcode": "6902", "packs": 4}]}},
    )
    # Not the fixture live_server: it would empty the tables that the migrations filled.
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture(params=LANGUAGES)
def visitor(site, browser, request):
    with Visitor(browser, site, PASSWORD, request.param) as visitor:
        visitor.language = request.param
        yield visitor
