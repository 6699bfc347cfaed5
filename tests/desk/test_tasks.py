"""The workers' part: whatever happens to them, each file is imported, and once."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from customers.models import Licence
from marketing_ops.desk import tasks
from marketing_ops.runs import services as runs
from marketing_ops.runs.models import Run, Upload
from tests.imports.files import CUSTOMER_HEADER, shop
from tests.pages.conftest import text_of

SHOPS = (CUSTOMER_HEADER, shop("L8"))


@pytest.fixture
def upload(desk):
    desk.send(SHOPS)
    desk.queue.clear()
    return Upload.objects.get()


def break_off(monkeypatch, error):
    """Imports end like this, until the test says otherwise."""
    state = {"error": error}
    real = tasks.run_import

    def run_import(*arguments, upload, **options):
        if state["error"]:
            with runs.recorded(kind=Run.Kind.IMPORT, title="customers a", by="x") as run:
                run.upload = upload
                run.save()
                raise state["error"]
        return real(*arguments, upload=upload, **options)

    monkeypatch.setattr(tasks, "run_import", run_import)
    return state


def test_a_message_that_comes_twice_imports_once(upload):
    tasks.import_upload(upload.pk)
    tasks.import_upload(upload.pk)
    assert Run.objects.count() == 1
    tasks.import_upload(upload.pk + 1)


def test_what_stopped_in_the_middle_is_taken_up_again(desk, upload, monkeypatch):
    state = break_off(monkeypatch, OperationalError("server closed the connection"))
    with pytest.raises(OperationalError):
        tasks.import_upload(upload.pk)
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "The import was stopped in the middle." in words
    assert "Start again now" in words
    state["error"] = None
    Upload.objects.update(asked_at=timezone.now() - 2 * tasks.ASK_AGAIN)
    tasks.look_after_uploads()
    desk.queue.work()
    upload.refresh_from_db()
    assert (upload.status, upload.attempts) == (Upload.Status.DONE, 2)
    assert Licence.objects.filter(number="L8").exists()
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "Attempts" in words
    assert "The database did not answer or broke off." in words


def test_a_file_that_stops_every_worker_is_given_up_with_a_word_and_can_be_started(
    desk, upload, monkeypatch
):
    state = break_off(monkeypatch, OperationalError("gone"))
    for _attempt in range(tasks.MOST_ATTEMPTS):
        with pytest.raises(OperationalError):
            tasks.import_upload(upload.pk)
    tasks.import_upload(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert "3 times. The database did not answer" in upload.error
    state["error"] = None
    desk.post("admin1", f"/imports/{upload.pk}/again/")
    desk.queue.work()
    upload.refresh_from_db()
    assert upload.status == Upload.Status.DONE


def test_an_unexpected_error_is_said_and_not_repeated(desk, upload, monkeypatch):
    break_off(monkeypatch, KeyError("unforeseen"))
    with pytest.raises(KeyError):
        tasks.import_upload(upload.pk)
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert "Something unexpected went wrong" in upload.error
    tasks.look_after_uploads()
    assert desk.queue == []


def test_a_file_just_handed_over_is_not_handed_over_again(desk, upload):
    tasks.look_after_uploads()
    assert desk.queue == []
    Upload.objects.update(asked_at=timezone.now() - 2 * tasks.ASK_AGAIN)
    tasks.look_after_uploads()
    assert len(desk.queue) == 1


def test_a_file_that_lies_no_more_is_said(desk, upload, settings, tmp_path):
    settings.VAR_DIR = tmp_path / "elsewhere"
    tasks.import_upload(upload.pk)
    upload.refresh_from_db()
    assert "Upload it again" in upload.error


def test_starting_again_what_is_under_way_or_done_makes_no_second_import_of_it(desk, upload):
    desk.post("admin1", f"/imports/{upload.pk}/again/")
    assert Upload.objects.count() == 1
    desk.queue.work()
    first = desk.post("admin1", f"/imports/{upload.pk}/again/")
    second = desk.post("admin1", f"/imports/{upload.pk}/again/")
    assert first.url == second.url
    assert Upload.objects.count() == 2


def test_a_night_asked_for_twice_in_a_moment_runs_once(town, monkeypatch):
    ran = []

    def run_night(*, as_of, by):
        with runs.recorded(kind=Run.Kind.NIGHT, title=f"{as_of}", by=by, as_of=as_of):
            ran.append((as_of, by))

    monkeypatch.setattr(tasks, "run_night", run_night)
    asked = (timezone.now() - timedelta(seconds=1)).isoformat()
    tasks.night_again("2024-06-25", "admin1", asked)
    tasks.night_again("2024-06-25", "admin1", asked)
    assert len(ran) == 1
    tasks.night_again("2024-06-25", "admin1", timezone.now().isoformat())
    assert len(ran) == 2
