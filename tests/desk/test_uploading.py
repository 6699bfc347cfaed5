"""Handing a file in."""

import hashlib
import resource
import socket

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from customers.models import Licence
from marketing_ops.desk import receive, tasks
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Run, Upload
from tests.desk.conftest import incoming
from tests.imports.files import CUSTOMER_HEADER, shop, text
from tests.night.test_killed import until
from tests.pages.conftest import text_of

SHOPS = (CUSTOMER_HEADER, shop("L8"), shop("L9"))


def test_a_file_handed_in_is_imported_by_a_worker(desk):
    upload = desk.imported(SHOPS, name="shops.csv")
    assert upload.status == Upload.Status.DONE
    assert Licence.objects.filter(number__in=("L8", "L9")).count() == 2
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "shops.csv" in words
    assert "Rows read 2 New 2 Changed 0 Unchanged 0 Rejected rows 0" in words
    run = upload.runs.get()
    assert (run.by, run.status) == ("admin1", Run.Status.DONE)


def test_a_browser_without_javascript_is_sent_on_and_htmx_is_told_where_to_go(desk):
    plain = desk.send(SHOPS)
    assert (plain.status_code, plain.url) == (302, f"/imports/{Upload.objects.get().pk}/")
    by_htmx = desk.send([*SHOPS, shop("L10")], headers={"HX-Request": "true"})
    assert by_htmx.status_code == 204
    assert by_htmx.headers["HX-Redirect"] == f"/imports/{Upload.objects.first().pk}/"


def test_the_file_is_kept_under_what_it_holds_and_for_nobody_else(desk, settings):
    content = text(*SHOPS).encode()
    desk.send(content)
    upload = Upload.objects.get()
    path = uploads.path_of(upload)
    assert upload.sha256 == path.name == hashlib.sha256(content).hexdigest()
    assert path.read_bytes() == content
    assert path.is_relative_to(settings.VAR_DIR)
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    assert incoming() == []


def test_a_file_beyond_the_limit_is_refused_with_the_limit_and_leaves_nothing(desk, monkeypatch):
    monkeypatch.setattr(receive, "MOST_BYTES", 100)
    answer = desk.send(SHOPS)
    assert answer.status_code == 422
    assert f"The file is larger than {receive.MOST_MB} MB" in text_of(answer)
    assert (incoming(), Upload.objects.count(), desk.queue) == ([], 0, [])


def test_a_full_disk_is_said_before_the_database_feels_it(desk, monkeypatch):
    monkeypatch.setattr(receive, "SPARE_BYTES", 10**18)
    answer = desk.send(SHOPS)
    assert answer.status_code == 422
    assert "disk is almost full" in text_of(answer)
    assert (incoming(), Upload.objects.count()) == ([], 0)


def test_an_upload_that_breaks_off_is_not_taken_for_the_whole_file(desk):
    boundary = "b0undary"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="kind"\r\n\r\ncustomers\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + text(*SHOPS)
    ).encode()
    for cut in (len(body), len(body) - 40):
        answer = desk.client("admin1").generic(
            "POST", "/imports/new/", body[:cut], f"multipart/form-data; boundary={boundary}"
        )
        assert answer.status_code == 422
        assert (
            "Nothing was taken in. The upload broke off before the file was here as a whole."
            in text_of(answer)
        )
        assert (incoming(), Upload.objects.count(), desk.queue) == ([], 0, [])


def test_a_connection_that_dies_in_the_middle_leaves_no_file_behind(desk, monkeypatch):
    real = WSGIRequest.read
    calls = []

    def dies(self, *arguments):
        calls.append(1)
        if len(calls) > 1:
            raise OSError("Connection reset by peer")
        return real(self, 500)

    monkeypatch.setattr(WSGIRequest, "read", dies)
    desk.client("admin1").raise_request_exception = False
    desk.send(SHOPS)
    assert calls
    assert (incoming(), Upload.objects.count()) == ([], 0)


def test_without_a_file_the_form_says_so(desk):
    answer = desk.post("admin1", "/imports/new/", {"kind": "customers", "end": "1"})
    assert answer.status_code == 422
    assert "Choose a file." in text_of(answer)


def test_of_two_files_in_one_form_only_the_first_is_kept(desk):
    answer = desk.send(SHOPS, other=None or _named(b"x", "other.csv"))
    assert answer.status_code == 302
    assert Upload.objects.get().name == "file.csv"
    assert incoming() == []


def test_a_files_name_is_only_a_name(desk):
    for name, shown in (
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\商店.csv", "商店.csv"),
        ("a\u202eb\x07c.csv", "abc.csv"),
    ):
        desk.send([*SHOPS, shop(f"N{len(name)}")], name=name)
        assert Upload.objects.first().name == shown


def test_the_same_file_in_two_tabs_is_imported_once(desk):
    desk.send(SHOPS, name="first.csv")
    first = Upload.objects.get()
    second = desk.send(SHOPS, name="second.csv")
    assert second.status_code == 422
    assert "This file is being imported right now (as “first.csv”)" in text_of(second)
    assert f'href="/imports/{first.pk}/"' in second.content.decode()
    desk.queue.work()
    third = desk.send(SHOPS)
    assert "This file was imported already (as “first.csv”" in text_of(third)
    assert f'href="/imports/{first.pk}/"' in third.content.decode()
    assert Upload.objects.count() == Run.objects.count() == 1
    assert incoming() == []


def test_two_tabs_that_arrive_in_the_same_moment_make_one_import(desk, monkeypatch):
    desk.send(SHOPS)
    # As if the first had been written after the second had looked.
    monkeypatch.setattr(uploads, "_imported", lambda wanted: None)
    assert "being imported right now" in text_of(desk.send(SHOPS))
    assert Upload.objects.count() == 1


def test_a_trial_another_day_or_another_kind_is_no_repetition(desk):
    desk.imported(SHOPS, dry_run="on")
    desk.imported(SHOPS)
    desk.imported(SHOPS, effective="2024-06-01")
    desk.imported(SHOPS, kind="products")
    assert Upload.objects.count() == 4


def test_all_or_nothing_with_bad_rows_can_be_handed_in_again(desk):
    bad = (CUSTOMER_HEADER, shop("L8"), shop("L9", scale="huge"))
    first = desk.imported(bad, all_or_nothing="on")
    assert first.problem_count == 1
    assert not Licence.objects.filter(number="L8").exists()
    desk.imported(bad, all_or_nothing="on")
    assert Upload.objects.count() == 2


def test_without_a_broker_the_file_is_kept_and_goes_in_when_it_is_back(desk):
    desk.queue.up = False
    answer = desk.send(SHOPS)
    words = text_of(desk.get("admin1", answer.url))
    assert "the queue of the workers does not answer" in words
    assert "Waiting for a free worker" in words
    desk.queue.up = True
    tasks.look_after_uploads()
    desk.queue.work()
    assert Upload.objects.get().status == Upload.Status.DONE


def test_the_form_needs_its_token_and_its_file_is_gone_without(desk, town):
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.people["admin1"])
    answer = client.post("/imports/new/", {"kind": "customers", "file": _named(b"x", "a.csv")})
    assert answer.status_code == 403
    assert (incoming(), Upload.objects.count()) == ([], 0)


@pytest.mark.parametrize("person", ["district1", "market1", "am01", "inspector1", "shop1"])
def test_nothing_is_received_from_who_may_not(desk, person):
    assert desk.send(SHOPS, person=person).status_code == 403
    assert not uploads.folder("incoming").exists() or incoming() == []
    assert Upload.objects.count() == 0


def test_an_administrator_without_the_second_factor_is_told_before_the_upload(desk, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    page = desk.get("admin1", "/imports/")
    assert "Confirm your second factor" in text_of(page)
    assert 'type="file"' not in page.content.decode()
    assert desk.send(SHOPS).url.startswith("/accounts/")
    assert Upload.objects.count() == 0


@pytest.fixture
def server(committed_town):
    server = LiveServer("localhost")
    yield server
    server.stop()


def by_socket(server, town, size, *, cut_at=None) -> bytes:
    """Hand a file of `size` bytes in as a browser does, piece by piece; the answer's first line.
    `cut_at`: the browser is closed after so many bytes."""
    client = Client()
    client.force_login(town.people["admin1"])
    client.get("/imports/")
    token = client.cookies["csrftoken"].value
    head, tail = (
        (
            '--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            f'{token}\r\n--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nledger\r\n'
            '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        ).encode(),
        b'\r\n--b\r\nContent-Disposition: form-data; name="end"\r\n\r\n1\r\n--b--\r\n',
    )
    cookies = "; ".join(f"{name}={value.value}" for name, value in client.cookies.items())
    with socket.create_connection((server.thread.host, server.thread.port), timeout=60) as peer:
        peer.sendall(
            f"POST /imports/new/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {len(head) + size + len(tail)}\r\n\r\n".encode()
            + head
        )
        block, sent = b"a,b,c\r\n" * 2**17, 0
        while sent < (cut_at or size):
            peer.sendall(block[: size - sent])
            sent += len(block)
        if cut_at:
            return b""
        peer.sendall(tail)
        return peer.makefile("rb").readline()


def test_two_hundred_megabytes_go_to_the_disk_and_not_into_memory(server, committed_town, queue):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert b" 302 " in by_socket(server, committed_town, 200 * 10**6)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000, "kB more than before"
    upload = Upload.objects.get()
    assert uploads.path_of(upload).stat().st_size == upload.size == 200 * 10**6
    assert len(queue) == 1
    uploads.path_of(upload).unlink()


def test_a_browser_closed_during_the_upload_leaves_nothing(server, committed_town, queue):
    by_socket(server, committed_town, 50 * 10**6, cut_at=20 * 10**6)
    # The next one is answered by another thread; the cut one has cleaned up by its end.
    until(lambda: not incoming())
    assert (Upload.objects.count(), queue) == (0, [])


def _named(content, name):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)
