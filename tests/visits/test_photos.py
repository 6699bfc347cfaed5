"""Photos: kept once, privately, for their time, and never with a place in them."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.urls import get_resolver

from customers.visits.models import Photo
from customers.visits.pictures import has_location, size_of
from customers.visits.services import retention
from tests.visits.cast import (
    VISITS,
    address,
    least,
    picture,
    post,
    program,
    put,
    send,
    sha,
    tiff,
)

pytestmark = pytest.mark.usefixtures("town", "clock", "var")
GPS = 0x8825
SERVED = ("/", "/static/", "/media/", "/static/../", "/static/%2e%2e/", "/var/", "/visits/")
EVERYBODY = ("am01", "am02", "am03", "market1", "market2", "inspector1", "district1", "admin1")


def files(var):
    return [path for path in (var / "photos").rglob("*") if path.is_file()]


def test_a_photo_is_kept_once_whether_before_or_after_its_visit(var):
    early, late = picture(1), picture(2)
    body = least(photos=[sha(early)], steps={"display": {"photos": [sha(late)]}})
    assert put("am01", body["id"], early).status_code == 201
    first = post("am01", body).json()
    assert first["photos"] == {"expected": 2, "received": 1, "missing": [sha(late)]}
    answers = [put("am01", body["id"], late) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[0].json() == answers[1].json()
    again = post("am01", body).json()
    assert again["photos"] == {"expected": 2, "received": 2, "missing": []}
    assert again["receipt"] == first["receipt"]
    assert sorted(path.read_bytes() for path in files(var)) == sorted([early, late])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a" + bytes(20), "kind"),
        (picture() + bytes(1_000_000), "too_large"),
        (picture(exif=tiff(0x010F, GPS)), "location"),
        (picture() + b"<x:xmpmeta exif:GPSLatitude='31,12N'/>", "location"),
        (b"", "kind"),
        (b"\xff\xd8\xff<script>", "kind"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "kind"),
        (picture().replace(b"IHDR\0\0\0\1", b"IHDR\3\0\0\0"), "too_large"),
    ],
)
def test_what_is_no_photo_of_ours_is_refused_with_the_reason(data, code, var):
    visit = send()
    answer = put("am01", visit.pk, data)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]
    assert not Photo.objects.exists()
    assert files(var) == []


def test_a_photo_that_was_cut_off_on_the_way_is_refused_and_can_be_sent_again():
    visit, whole = send(), picture()
    cut = put("am01", visit.pk, whole[:-9], to=address(visit.pk, whole))
    assert (cut.status_code, cut.json()["code"]) == (422, "hash")
    assert put("am01", visit.pk, whole).status_code == 201


def test_a_place_is_found_in_the_pictures_of_every_kind():
    exif = b"Exif\0\0" + tiff(0x0112, GPS)
    jpeg = b"\xff\xd8\xff\xe1\x00\x40" + exif
    webp = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0EXIF" + bytes(4)
    assert has_location(jpeg)
    assert has_location(webp + exif)
    assert has_location(webp + tiff(GPS))
    assert has_location(jpeg.replace(exif, b"Exif\0\0" + tiff(0x0112)) + jpeg)
    assert not has_location(jpeg.replace(exif, b"Exif\0\0" + tiff(0x0112, 0x8769)))
    assert not has_location(b"\xff\xd8\xff\xe1\x00\x40Exif\0\0II*\0\xff\xff")


def test_the_size_of_a_picture_is_read_from_its_header():
    frame = b"\xff\xc2\x00\x11\x08\x03\xc0\x05\x00"
    before = b"\xff\xe1\x00\x06\xff\xc0\x00\x00" + b"\xff\xff\xdb\x00\x04\x00\x00"
    webp = b"RIFF\0\0\0\0WEBP"
    bits = (1279 | 959 << 14).to_bytes(4, "little")
    pictures = {
        "jpeg": b"\xff\xd8" + before + frame,
        "lossy": webp + b"VP8 " + bytes(7) + b"\x9d\x01\x2a\x00\x05\xc0\x03",
        "lossless": webp + b"VP8L" + bytes(4) + b"\x2f" + bits,
        "extended": webp + b"VP8X" + bytes(8) + b"\xff\x04\x00\xbf\x03\x00",
    }
    for name, data in pictures.items():
        assert size_of(data) == (1280, 960), name
        for cut in range(len(data)):
            assert size_of(data[:cut]) is None, (name, cut)
    assert size_of(picture()) == (1, 1)
    assert size_of(b"\xff\xd8\xff\xda" + frame) is None
    assert size_of(b"\xff\xd8" + frame.replace(b"\x03\xc0", bytes(2))) is None


def test_a_full_disk_refuses_a_photo_for_now(monkeypatch, var):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 400 * 10**6))
    visit, photo = send(), picture()
    answer = put("am01", visit.pk, photo)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk")
    monkeypatch.undo()
    assert Photo.objects.get().received_at is None


def test_a_disk_that_is_nearly_full_is_told_by_the_health_check(monkeypatch, client):
    assert client.get("/healthz").json()["disk"] == "ok"
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 1999 * 10**6))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "1999 MB" in answer.json()["disk"]


def test_a_file_that_could_not_be_written_is_not_said_to_be_there(monkeypatch, var):
    visit, photo = send(photos=[sha(picture())]), picture()

    def broken(*args):
        raise OSError("no power")

    monkeypatch.setattr("os.replace", broken)
    answer = put("am01", visit.pk, photo)
    assert (answer.status_code, answer.json()["code"]) == (507, "not_written")
    monkeypatch.undo()
    assert files(var) == []
    assert put("am01", visit.pk, photo).status_code == 201


def test_a_folder_that_cannot_be_written_refuses_a_photo_for_now(var):
    (var / "photos").write_text("a file where the folder should be")
    answer = put("am01", send().pk, picture())
    assert (answer.status_code, answer.json()["code"]) == (507, "not_written")
    (var / "photos").unlink()
    assert put("am01", Photo.objects.get().visit_id, picture()).status_code == 201


def test_anothers_photo_under_the_same_key_is_not_the_visits():
    photo = picture()
    body = least(photos=[sha(photo)])
    assert put("am02", body["id"], photo).status_code == 201
    assert post("am01", body).json()["photos"]["received"] == 0
    assert program("am01").get(address(body["id"], photo)).status_code == 404
    assert program("am02").get(address(body["id"], photo)).status_code == 200
    assert program("market1").get(address(body["id"], photo)).status_code == 404


@pytest.fixture
def taken():
    """A visit with a photo of the display and one of illegal cigarettes, both received."""
    shown, secret, stray = picture(1), picture(2), picture(3)
    steps = {"display": {"photos": [sha(shown)]}, "illegal": {"photos": [sha(secret)]}}
    steps["tidied"] = {"photos": [sha(secret)]}
    visit = send(steps=steps)
    for photo in (shown, secret, stray):
        assert put("am01", visit.pk, photo, **{"X-Step": "display"}).status_code == 201
    return visit, shown, secret, stray


@pytest.mark.parametrize("person", [*EVERYBODY, "shop1", "nobody", None])
def test_a_photo_is_seen_by_its_maker_and_who_leads_and_by_nobody_else(person, taken):
    visit, shown, secret, stray = taken
    sees = {
        "am01": {shown, secret, stray},
        "market1": {shown},
        "district1": {shown, secret},
        "admin1": {shown, secret},
    }.get(person, set())
    client = program(person)
    for photo in (shown, secret, stray):
        answer = client.get(address(visit.pk, photo), headers={"accept": "image/png"})
        assert (answer.status_code == 200) is (photo in sees), photo
        assert (answer.content == photo) is (photo in sees)
        if photo in sees:
            assert answer["Content-Type"] == "image/png"
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("person", [*EVERYBODY, "shop1", "nobody", None])
def test_no_other_address_gives_a_photo_away(person, taken, client, town, var, settings):
    """By its path under any folder that is served, or by names that lead out of one."""
    _visit, shown, secret, _stray = taken
    if person:
        client.force_login(town.people[person])
    stored = [path.relative_to(var).as_posix() for path in files(var)]
    assert len(stored) == 3
    for name in stored:
        for base in SERVED:
            answer = client.get(base + name)
            body = b"".join(answer) if answer.streaming else answer.content
            assert shown not in body
            assert secret not in body
    assert not settings.MEDIA_ROOT
    assert not [p for p in get_resolver().url_patterns if "media" in str(p.pattern)]


def test_a_photo_sent_in_confidence_stays_so_where_the_visit_names_no_step():
    photo = picture()
    body = least(photos=[sha(photo)])
    put("am01", body["id"], photo, **{"X-Step": "illegal"})
    post("am01", body)
    assert program("market1").get(address(body["id"], photo)).status_code == 404
    assert program("district1").get(address(body["id"], photo)).status_code == 200


def test_the_files_are_readable_by_the_site_alone(taken, var):
    for path in (var / "photos", *files(var)):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_visit_names_its_photos_but_the_confidential_ones_to_few(taken):
    visit, shown, secret, _stray = taken
    for person, hashes in {
        "am01": {sha(shown), sha(secret)},
        "market1": {sha(shown)},
        "district1": {sha(shown), sha(secret)},
    }.items():
        listed = program(person).get(f"{VISITS}{visit.pk}/").json()["photo_list"]
        assert {photo["sha256"] for photo in listed} == hashes, person


def test_a_photo_used_before_is_noticed(taken):
    visit, shown, _secret, _stray = taken
    assert not program("am01").get(f"{VISITS}{visit.pk}/").json()["photo_list"][0]["used_before"]
    again = send(photos=[sha(shown)])
    assert program("am01").get(f"{VISITS}{again.pk}/").json()["photo_list"][0]["used_before"]


def test_photos_are_erased_after_the_time_of_their_kind(taken, clock, var, settings):
    settings.PHOTO_DAYS = {"": 180, "unnamed": 60, "illegal": 730}
    visit, shown, secret, stray = taken
    start = clock.now
    for days, erased in ((59, set()), (61, {stray}), (181, {stray, shown}), (731, None)):
        clock.now = start + timedelta(days=days)
        retention.keep_to_the_times(now=clock.now)
        left = {photo for photo in (shown, secret, stray) if photo in contents(var)}
        assert left == ({shown, secret, stray} - erased if erased is not None else set())
    assert Photo.objects.filter(erased_at=None).count() == 0
    answer = put("am01", visit.pk, shown)
    assert answer.status_code == 200
    assert files(var) == []


def contents(var):
    return {path.read_bytes() for path in files(var)}
