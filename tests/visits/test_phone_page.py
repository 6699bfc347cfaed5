"""What the server hands out for the phone's page: light, strict, complete, and about nobody."""

import gzip
import json
import re
import struct
import zlib

import pytest
from django.conf import settings
from django.test import Client

from customers.visits.phone import build, icons
from customers.visits.phone.words import WORDS

BUDGET = 150_000  # bytes of gzip: script and style of the first load
SOURCES = settings.BASE_DIR / "frontend" / "src" / "visit"
DIST = settings.BASE_DIR / "frontend" / "dist"


@pytest.fixture
def am01(town):
    client = Client()
    client.force_login(town.people["am01"])
    return client


def test_the_first_load_of_script_and_style_is_light(capsys):
    made = build.current()
    names = [address.rsplit("/", 1)[1] for address in (made.script, *made.styles)]
    packed = sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in names)
    worker = len(gzip.compress(made.worker.encode(), 9))
    words = len(gzip.compress(json.dumps(build.words_in("zh-hans")).encode(), 9))
    with capsys.disabled():
        print(f"\ngzip: visit page {packed:,} B of {BUDGET:,}, worker {worker:,}, words {words:,}")
    assert packed + worker + words <= BUDGET


def test_script_and_style_need_no_further_file():
    entry = json.loads((DIST / "manifest.json").read_text())[build.ENTRY]
    assert "imports" not in entry and "dynamicImports" not in entry and "assets" not in entry
    # A worker of today's browsers must not import.
    assert not re.search(r"^\s*import\s", build.current().worker, re.MULTILINE)


def test_the_page_is_for_who_makes_visits(town):
    status = {}
    for person in ("am01", "market1", "district1", "admin1", "inspector1", "shop1", "nobody"):
        client = Client()
        client.force_login(town.people[person])
        status[person] = client.get("/visits/").status_code
    assert status.pop("am01") == 200
    assert set(status.values()) == {403}
    answer = Client().get("/visits/")
    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/visits/")


def test_shell_and_page_are_the_same_and_say_nothing_about_anybody(am01):
    page, shell = am01.get("/visits/"), Client().get("/visits/shell/")
    assert page.content == shell.content
    assert b"am01" not in page.content


def test_nothing_of_the_page_stands_in_the_line_and_the_policy_stays_strict(am01):
    page = am01.get("/visits/")
    text = page.content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "<style" not in text and " style=" not in text and not re.search(r"\son\w+=", text)
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy and "style-src 'self'" in policy
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert "microphone=()" in am01.get("/accounts/security/").headers["Permissions-Policy"]


def test_everything_that_the_worker_keeps_is_there_without_a_login(client, db):
    made = build.current()
    assert made.script in made.files
    for address in made.files:
        if not address.startswith("/static/"):
            assert client.get(address).status_code == 200, address
        else:
            assert (DIST / address.rsplit("/", 1)[1]).is_file(), address


def test_the_worker_may_not_be_kept_by_caches_and_names_its_version(client, db):
    answer = client.get("/visits/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer.headers["Cache-Control"]
    kept = re.match(r"self\.BUILD = (\{.*?\});\n", answer.content.decode())[1]
    assert json.loads(kept)["version"] == build.current().version


def test_the_version_is_the_same_in_every_language_and_another_with_other_words(
    monkeypatch, client, db
):
    def version(language):
        build.of.cache_clear()
        client.cookies["django_language"] = language
        found = client.get("/visits/sw.js").content
        return re.search(rb'"version": "(\w+)"', found)[1]

    before = version("zh-hans")
    assert version("en") == before
    monkeypatch.setitem(WORDS, "title", "Something else")
    build.words_in.cache_clear()
    assert version("en") != before
    monkeypatch.undo()
    build.words_in.cache_clear()
    build.of.cache_clear()


def test_the_manifest_makes_the_page_installable(client, db):
    manifest = json.loads(client.get("/visits/manifest.webmanifest").content)
    assert (manifest["start_url"], manifest["scope"]) == ("/visits/", "/visits/")
    assert manifest["display"] == "standalone" and manifest["name"]
    sizes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


@pytest.mark.parametrize("size", icons.SIZES)
def test_the_icon_is_a_picture_of_that_size(client, db, size):
    data = client.get(f"/visits/icon-{size}.png").content
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (size, size)
    start = data.index(b"IDAT") + 4
    length = struct.unpack(">I", data[start - 8 : start - 4])[0]
    rows = zlib.decompress(data[start : start + length])
    assert len(rows) == size * (3 * size + 1)
    assert rows[1:4] == bytes(icons.GROUND)
    assert bytes(icons.INK) in rows


def test_no_other_icon_and_no_other_language_is_made(client, db):
    assert client.get("/visits/icon-64.png").status_code == 404
    assert client.get("/visits/words.fr.json").status_code == 404


def test_both_languages_have_every_text(client, db):
    texts = {
        language: json.loads(client.get(f"/visits/words.{language}.json").content)
        for language in ("zh-hans", "en")
    }
    assert set(texts["zh-hans"]) == set(texts["en"]) == set(WORDS)
    assert texts["en"]["visit.start"] == "Start the visit"
    assert texts["zh-hans"]["visit.start"] == "开始拜访"


def _asked() -> tuple[set[str], list[re.Pattern]]:
    """Names of texts that the sources ask for, and patterns of those with a part to fill in."""
    source = "\n".join(path.read_text() for path in SOURCES.rglob("*.ts*"))
    plain = set(re.findall(r'"([a-z_]+(?:\.[a-z_0-9]+)*)"', source))
    called = set(re.findall(r'\bt\(\s*"([^"]+)"', source))
    called |= set(re.findall(r'\bt\([^"`()]*\? "([^"]+)"', source))
    made = re.findall(r"\bt\(`([^`]+)`", source)
    # The places of a template are filled with names of one part.
    patterns = [
        re.compile(re.sub(r"\\\$\\\{.*?\\\}", "[a-z_0-9]+", re.escape(one)) + "$") for one in made
    ]
    groups = set(re.findall(r'options\("(\w+)"', source))
    patterns += [re.compile(rf"{group}\.[a-z_]+$") for group in groups]
    return plain | called, patterns


def test_every_text_that_the_page_asks_for_is_there():
    source = "\n".join(path.read_text() for path in SOURCES.rglob("*.ts*"))
    called = set(re.findall(r'\bt\(\s*"([^"]+)"', source))
    called |= {name for pair in re.findall(r'\bt\([^"`()]*\? "([^"]+)" : "([^"]+)"', source)
               for name in pair}  # fmt: skip
    called |= set(re.findall(r'expectedWords: "([^"]+)"', source))
    assert called
    assert called - set(WORDS) == set()


def test_no_text_is_there_that_the_page_never_asks_for():
    named, patterns = _asked()
    unused = [
        name
        for name in WORDS
        if name not in named and not any(pattern.match(name) for pattern in patterns)
    ]
    assert unused == []
