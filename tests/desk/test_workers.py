"""The worst at a real Celery worker: it is killed, and the browser is closed, in the middle."""

import os
import signal
import uuid
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import redis

from customers.models import Licence
from inventory.models import ShopDay
from marketing_ops.desk import tasks
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Run, Upload
from tests.browser import DESK
from tests.desk.conftest import Desk
from tests.desk.test_browser import in_english, log_in
from tests.imports.files import CUSTOMER_HEADER, LEDGER_HEADER, shop, text
from tests.night.conftest import WAIT, start  # noqa: F401 (a fixture)
from tests.night.test_killed import stopped_at, until, waiting_for
from tests.pages.conftest import text_of
from tests.town import DAY

pytestmark = pytest.mark.celery

GROUPS, SHOP_DAYS = "customers_customergroup", "inventory_shopday"
SHOPS = (CUSTOMER_HEADER, shop("L8"), shop("L9"))
DAYS = 1_200  # shop-days of a ledger: three batches, each of them a transaction
LEDGER = (
    LEDGER_HEADER,
    *(f"{DAY - timedelta(days=n // 4)},L{n % 4 + 1},6902,10,0,1,9" for n in range(DAYS)),
)


@pytest.fixture
def line(monkeypatch, settings):
    """The name of a queue of this test's own: workers of others are not to take from it."""
    name = f"desk-{uuid.uuid4().hex}"
    for task in (tasks.import_upload, tasks.night_again):
        monkeypatch.setattr(task, "apply_async", partial(task.apply_async, queue=name))
    yield name
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(name, f"_kombu.binding.{name}")


@pytest.fixture
def desk(committed_town, line):
    return Desk(committed_town, None)


@pytest.fixture
def worker(start, line):  # noqa: F811
    """`worker()`: a Celery worker of its own on this test's queue, database and files."""

    def worker(name="one"):
        return start(
            "-A", "marketing_ops", "worker", "--concurrency", "1", "--loglevel", "WARNING",
            "--without-mingle", "--without-gossip", "-Q", line, "-n", f"{line}-{name}@%h",
            module="celery",
        )  # fmt: skip

    return worker


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(WAIT)


def status(upload) -> str:
    return Upload.objects.get(pk=upload.pk).status


def take_up(upload):
    """A minute later, in the words of beat."""
    Upload.objects.filter(pk=upload.pk).update(asked_at=None)
    until(lambda: upload.pk not in uploads.at_work())
    tasks.look_after_uploads()


def test_a_file_is_imported_by_a_real_worker(desk, worker):
    worker()
    desk.send(SHOPS)
    upload = Upload.objects.get()
    until(lambda: status(upload) == Upload.Status.DONE)
    assert Licence.objects.filter(number__in=("L8", "L9")).count() == 2


def test_a_worker_killed_in_the_middle_of_a_transaction_loses_and_doubles_nothing(desk, worker):
    with stopped_at(GROUPS):
        first = worker()
        desk.send(SHOPS)
        upload = Upload.objects.get()
        until(waiting_for(GROUPS))
        words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
        assert "Reading and checking the rows" in words
        kill(first)
    until(lambda: upload.pk not in uploads.at_work())
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "The import was stopped in the middle." in words
    assert not Licence.objects.filter(number="L8").exists()
    worker("two")
    take_up(upload)
    until(lambda: status(upload) == Upload.Status.DONE)
    assert Licence.objects.filter(number__in=("L8", "L9")).count() == 2
    attempts = list(upload.runs.order_by("pk").values_list("status", flat=True))
    assert attempts == [Run.Status.FAILED, Run.Status.DONE]
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "It was stopped in the middle (a restart, or too little memory)." in words


def test_a_ledger_half_written_by_a_killed_worker_is_completed_by_the_button(desk, worker):
    def batch_written():
        return ShopDay.objects.exists()

    first = worker()
    desk.send(LEDGER, kind="ledger")
    upload = Upload.objects.get()
    until(batch_written)
    kill(first)
    until(lambda: upload.pk not in uploads.at_work())
    before = ShopDay.objects.count()
    worker("two")
    if status(upload) != Upload.Status.DONE:  # the machine was quicker than the kill
        desk.post("admin1", f"/imports/{upload.pk}/again/")
    until(lambda: status(upload) == Upload.Status.DONE)
    assert ShopDay.objects.filter(superseded_at=None).count() == ShopDay.objects.count() == DAYS
    counts = upload.runs.first().counts
    assert counts["read"] == DAYS
    assert counts["unchanged"] in (before, 0)


def test_a_pool_process_killed_in_the_middle_costs_nothing(desk, worker):
    """As when the system is short of memory: the worker lives on and hands the file out again,
    perhaps before the database has seen the death; then beat helps."""
    with stopped_at(GROUPS):
        one = worker()
        desk.send(SHOPS)
        upload = Upload.objects.get()
        until(waiting_for(GROUPS))
        os.kill(_pool_process(one), signal.SIGKILL)
    take_up(upload)
    until(lambda: status(upload) == Upload.Status.DONE)
    assert Licence.objects.filter(number__in=("L8", "L9")).count() == 2
    assert upload.runs.count() == 2


def _pool_process(worker) -> int:
    """The process that does a worker's tasks."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return int(children[-1])


@pytest.mark.browser
def test_the_browser_closed_in_the_middle_stops_nothing(desk, worker, page_at, tmp_path):
    from pytest_django.live_server_helper import LiveServer

    server = LiveServer("localhost")
    try:
        path = tmp_path / "shops.csv"
        path.write_text(text(*SHOPS), "utf-8")
        page = page_at(DESK)
        in_english(page, server)
        log_in(page, server, "/imports/")
        with stopped_at(GROUPS):
            worker()
            page.set_input_files("#id_file", path)
            page.get_by_role("button", name="Import", exact=True).click()
            page.wait_for_url("**/imports/*/")
            until(waiting_for(GROUPS))
            page.context.close()
        upload = Upload.objects.get()
        until(lambda: status(upload) == Upload.Status.DONE)
        assert Licence.objects.filter(number="L8").exists()
        again = page_at(DESK)
        in_english(again, server)
        log_in(again, server, f"/imports/{upload.pk}/")
        assert again.get_by_role("heading", name="What came of it").is_visible()
    finally:
        server.stop()


def test_a_night_asked_for_on_the_page_is_run_by_a_worker(desk, worker):
    worker()
    desk.post("admin1", "/runs/night/", {"day": f"{DAY}"})
    until(lambda: Run.objects.filter(kind=Run.Kind.NIGHT, status=Run.Status.DONE).exists())
    assert Run.objects.get(kind=Run.Kind.NIGHT).by == "admin1"
