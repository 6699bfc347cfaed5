"""The page of runs, and a night that is asked for again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from inventory.indicators.models import ResultSet
from marketing_ops.audit.models import Entry
from marketing_ops.desk import tasks
from marketing_ops.desk.words import duration, error_words
from marketing_ops.nightly import STEPS, due_day, run_night
from marketing_ops.runs import live
from marketing_ops.runs import services as runs
from marketing_ops.runs.models import Run, Upload
from tests.imports.files import CUSTOMER_HEADER, shop
from tests.pages.conftest import text_of
from tests.town import DAY


def test_a_night_shows_its_steps_in_words_with_pieces_and_times(desk):
    night = run_night(as_of=DAY, by="admin1")
    words = text_of(desk.get("district1", f"/runs/{night.pk}/"))
    assert "Night of 2024-06-25" in words
    for step in STEPS:
        assert str(step.title) in words
    assert "Looking for false data 1/1" in words
    assert "Done" in words


def test_the_list_holds_nights_and_imports_and_the_results_that_are_kept(desk):
    run_night(as_of=DAY, by="schedule")
    desk.imported((CUSTOMER_HEADER, shop("L8")), name="shops.csv")
    words = text_of(desk.get("district1", "/runs/"))
    assert "Night of 2024-06-25" in words
    assert "Customers · shops.csv" in words
    assert "shown on the pages" in words
    only_nights = text_of(desk.get("district1", "/runs/", kind="night"))
    assert "shops.csv" not in only_nights
    of_day = text_of(desk.get("district1", "/runs/", day="2024-06-25"))
    assert "shops.csv" not in of_day
    assert "No run fits" in text_of(desk.get("district1", "/runs/", day="2020-01-01"))


def test_a_run_under_way_shows_how_far_it_is_and_the_page_asks_again(desk):
    with runs.recorded(kind=Run.Kind.NIGHT, title="n", by="schedule", as_of=DAY) as run:
        runs.progress(run, step="indicators", done=3, total=12)
        for path in ("/runs/", f"/runs/{run.pk}/"):
            page = desk.get("district1", path)
            assert "Indicators" in text_of(page)
            assert 'value="3" max="12"' in page.content.decode()
            assert 'hx-trigger="every' in page.content.decode()
    for path in ("/runs/", f"/runs/{run.pk}/"):
        assert 'hx-trigger="every' not in desk.get("district1", path).content.decode()


def test_progress_is_seen_from_outside_the_imports_transaction(desk):
    with runs.recorded(kind=Run.Kind.IMPORT, title="ledger a.csv", by="admin1") as run:
        live.tell(run.pk, "write", 40, 80)
        words = desk.get("district1", f"/runs/{run.pk}/").content.decode()
    assert 'value="40" max="80"' in words
    assert "Writing what is new or changed" in words


def test_without_a_cache_the_record_says_how_far_a_run_is(desk, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    live._cache.cache_clear()
    try:
        with runs.recorded(kind=Run.Kind.IMPORT, title="ledger a.csv", by="admin1") as run:
            runs.progress(run, step="read", done=1, total=2)
            live.tell(run.pk, "write", 2, 2)
            page = desk.get("district1", f"/runs/{run.pk}/").content.decode()
        assert 'value="1" max="2"' in page
    finally:
        live._cache.cache_clear()


def test_errors_are_told_in_plain_words(desk):
    assert error_words("TableError: The header lacks a column.") == "The header lacks a column."
    assert "database" in error_words("OperationalError: server closed the connection")
    assert "memory" in error_words("MemoryError: ")
    assert "disk is full" in error_words("OSError: [Errno 28] No space left on device")
    assert "stopped in the middle" in error_words("Killed before its end; starting it again …")
    assert "KeyError" in error_words("KeyError: 'x'")
    with pytest.raises(KeyError), runs.recorded(kind=Run.Kind.NIGHT, title="n", by="x", as_of=DAY):
        raise KeyError("x")
    words = text_of(desk.get("district1", f"/runs/{Run.objects.get().pk}/"))
    assert "Something unexpected went wrong" in words


def test_durations_read_well():
    assert [duration(s) for s in (0.04, 59.94, 60, 3599.6, 7260)] == [
        "0.0 s",
        "59.9 s",
        "1 min 0 s",
        "1 h 0 min",
        "2 h 1 min",
    ]


def test_an_administrator_runs_a_night_again(desk):
    run_night(as_of=DAY, by="schedule")
    answer = desk.client("admin1").post("/runs/night/", {"day": f"{DAY}"}, follow=True)
    assert "The night of 2024-06-25 was asked for" in text_of(answer)
    assert Entry.objects.get(action="run night again").subject == "night 2024-06-25"
    desk.queue.work()
    assert ResultSet.objects.complete().filter(as_of=DAY).count() == 2
    assert Run.objects.first().by == "admin1"


def test_a_night_that_is_not_over_is_not_run(desk):
    today = timezone.localdate()
    for day in (today, today + timedelta(days=1), "2001-01-01", "nonsense", ""):
        answer = desk.post("admin1", "/runs/night/", {"day": f"{day}"})
        assert answer.status_code == 422
    assert desk.queue == []


def test_without_a_broker_no_night_is_promised(desk):
    desk.queue.up = False
    answer = desk.client("admin1").post("/runs/night/", {"day": f"{DAY}"}, follow=True)
    assert "no night was started" in text_of(answer)
    assert not Entry.objects.exists()


def test_a_failed_night_is_said_on_the_desks_pages_too(desk):
    run_night(as_of=DAY, by="schedule")
    due = due_day(timezone.now() - timedelta(hours=1))
    with pytest.raises(RuntimeError), runs.recorded(
        kind=Run.Kind.NIGHT, title="n", by="schedule", as_of=due
    ):  # fmt: skip
        raise RuntimeError("x")
    upload = desk.imported((CUSTOMER_HEADER, shop("L8")))
    for path in ("/imports/", f"/imports/{upload.pk}/", "/runs/"):
        words = text_of(desk.get("district1", path))
        assert f"The night of {due} failed. You see the figures of 2024-06-25." in words


def _many(desk, number):
    now = timezone.now()
    Run.objects.bulk_create(
        Run(kind=kind, title="orders x.csv", by=by, started_at=now, beat_at=now, finished_at=now,
            status="done", as_of=DAY, counts={"read": 1})
        for _ in range(number)
        for kind, by in (("import", "admin1"), ("night", "schedule"))
    )  # fmt: skip


PAGES = {"/imports/": 11, "/runs/": 9}


@pytest.mark.parametrize("path", PAGES)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    desk, path, django_assert_num_queries
):  # fmt: skip
    _many(desk, 1)
    desk.get("admin1", path)
    for _round in range(2):
        with django_assert_num_queries(PAGES[path]):
            desk.get("admin1", path)
        _many(desk, 10)


def test_asking_how_far_an_import_is_costs_little(desk, django_assert_num_queries):
    desk.send((CUSTOMER_HEADER, shop("L8")))
    path = f"/imports/{Upload.objects.get().pk}/"
    with django_assert_num_queries(8):
        page = desk.client("admin1").get(
            path, headers={"HX-Request": "true", "HX-Target": "import"}
        )
    assert page.content.decode().lstrip().startswith('<div id="import"')


def test_a_report_needs_the_same_queries_for_one_problem_and_for_many(desk):
    def queries(rows):
        upload = desk.imported([CUSTOMER_HEADER, *rows])
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as found:
            desk.get("admin1", f"/imports/{upload.pk}/")
        return len(found)

    few = queries([shop("L1", name="a"), shop("M", scale="x")])
    many = queries(
        [shop("L1", name="b"), shop("L2", name="c"), *(shop(f"M{n}", scale="x") for n in range(60))]
    )
    assert few == many


def test_a_night_asked_for_by_the_page_is_the_task_that_workers_know():
    from marketing_ops.celery import app

    app.loader.import_default_modules()
    for task in (tasks.night_again, tasks.import_upload, tasks.look_after_uploads):
        assert task.name in app.tasks
