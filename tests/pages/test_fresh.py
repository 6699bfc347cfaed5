"""What web processes keep goes out of date with the master data, and is there after a night."""

from threading import Event

import pytest
from django.db import connection, transaction

from brands.models import Brand, Product
from customers.models import CustomerProperties
from marketing_ops.accounts.models import User
from marketing_ops.home import master, warm
from marketing_ops.home.shop_sums import _figures
from tests.pages.conftest import text_of

MAY = {"month": "2024-05"}


def written():
    """Now, not within ten seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")


def test_a_change_of_master_data_is_noticed_when_it_is_committed(committed):
    written()
    before = master.read_version()
    with transaction.atomic():
        brand = Brand.objects.create(name="新牌")
        written()
        assert master.read_version() == before
    written()
    after = master.read_version()
    assert after != before
    User.objects.create(username="new")
    written()
    assert master.read_version() == after
    Brand.objects.filter(pk=brand.pk).update(name="另一牌")
    written()
    assert master.read_version() != after


def test_a_new_name_is_on_the_pages_once_the_change_is_noticed(district, visit, monkeypatch):
    def pages():
        table, front = visit("district1", "/shops/"), visit("district1", "/overview/", **MAY)
        spots = visit("district1", "/overview/map.json", **MAY).content.decode()
        return text_of(table), text_of(front) + spots

    pages()
    CustomerProperties.objects.filter(customer=district.shops["L1"]).update(name="换了名字的店")
    Product.objects.filter(pk=district.products["6903"].pk).update(name="换了名字的烟")
    monkeypatch.setattr(master, "read_version", lambda: ("later", 1))
    table, front = pages()
    assert "换了名字的店" in table and "换了名字的烟" in table
    assert "换了名字的店" in front


@pytest.fixture
def once(monkeypatch):
    """keep_warm() looks once, in the test's own connection."""
    monkeypatch.setattr(connection, "close", lambda: None)
    stop = Event()
    stop.set()
    return stop


def test_the_figures_of_a_night_are_read_before_anybody_asks(district, once):
    _figures.cache_clear()
    warm.keep_warm(once)
    assert _figures.cache_info().currsize == 1


def test_a_failure_to_read_in_advance_ends_nothing(district, once, monkeypatch, caplog):
    monkeypatch.setattr(warm, "warm", lambda results: 1 / 0)
    warm.keep_warm(once)
    assert "not read in advance" in caplog.text
