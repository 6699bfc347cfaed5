"""Every address × every person × own and foreign things: who gets what, and nothing of another's.

The rule is tests/site/rights.py; what it does not allow is forbidden. Each answer is searched, with
its headers and the files in it, for the names and figures of shops that the person does not see.
"""

import gzip
import io
import json
import re
import uuid
import zipfile
from contextlib import contextmanager, nullcontext
from functools import lru_cache

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponseForbidden
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from customers.scope import ALLOWED
from marketing_ops import broker
from marketing_ops.api_urls import description
from marketing_ops.runs.models import Upload
from tests.api import district
from tests.api.conftest import undone
from tests.site import marked as marked_town
from tests.site.marked import SEES, SHOPS, barcode, licence
from tests.site.rights import (
    IN_DEVELOPMENT,
    LOGGED_IN,
    OF_THE_ADMIN,
    QUESTIONS,
    RIGHTS,
    STRANGER,
    Right,
)

PEOPLE = (STRANGER, *sorted(LOGGED_IN))
HELP = (
    "a new address: add a line to RIGHTS in tests/site/rights.py that says who may read it and who "
    "may send something to it; the default is nobody"
)
NO_SHOP = "QzxLicX9no"
LOGINS = ("/accounts/login/", "/admin/login/")
# Written while one only looks: that the login is in use, and that a token was used.
_BOOKKEEPING = re.compile(r'"(accounts_session|accounts_apitoken|axes_\w+)"')
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY\s+\w+\s+FROM)", re.I)


# The addresses


def patterns(resolver=None, prefix="", admin=False):
    """(path pattern, name, whether of the admin) of everything that the site answers."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, path, admin or pattern.namespace == "admin")
        elif isinstance(pattern, URLPattern):
            yield path, pattern.name, admin


def named_patterns(resolver=None):
    """(name, pattern) of the addresses that have a right; not those of the admin."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from named_patterns(pattern)
        elif isinstance(pattern, URLPattern) and pattern.name in RIGHTS | IN_DEVELOPMENT:
            yield pattern.name, pattern


@lru_cache
def addresses():
    """(name, path pattern, right); of the admin one path per pattern."""
    found = []
    for path, name, admin in patterns():
        if not admin:
            if right := (RIGHTS | IN_DEVELOPMENT).get(name):
                found.append((name, f"/{path}", right))
        elif "(?P<app_label>" in path:
            labels = re.search(r"\(\?P<app_label>([^)]*)\)", path)[1].split("|")
            found += [("admin", f"/admin/{label}/", OF_THE_ADMIN) for label in labels]
        else:
            path = path.replace("(?P<url>.*)$", "nothing/")
            found.append(("admin", f"/{path}", OF_THE_ADMIN))
    return found


def test_every_address_has_a_right():
    named = RIGHTS.keys() | IN_DEVELOPMENT.keys()
    without = {name or path for path, name, admin in patterns() if not admin and name not in named}
    assert without == set(), HELP


def test_the_rights_name_nothing_that_is_gone():
    assert RIGHTS.keys() - {name for _path, name, _admin in patterns()} == set()


def test_every_address_names_the_action_that_its_right_follows_from():
    """But what is public, or about nobody but who asks."""
    without = set()
    for name, pattern in named_patterns():
        right = (RIGHTS | IN_DEVELOPMENT)[name]
        everybody = right.public or LOGGED_IN in (right.read, right.post, right.delete)
        if not everybody and not ALLOWED.get(getattr(pattern.callback, "action", None)):
            without.add(name)
    assert without == set(), "give the view @requires(Action.…), see customers/gate.py"


# The town and the people


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: district.NOW)
        patch.setattr(broker, "answers", lambda: False)
        with undone():
            yield marked_town.build()


@pytest.fixture
def marked(built, monkeypatch, django_db_blocker):
    monkeypatch.setattr(timezone, "now", lambda: district.NOW)
    with django_db_blocker.unblock(), undone():
        yield built


@pytest.fixture
def walker(marked):
    """`walker("am01")`: that person at the site, who notes what is wrong."""
    return lambda person: Walker(marked, person)


class Walker:
    def __init__(self, marked, person):
        self.marked, self.person, self.wrong = marked, person, []
        self.client = Client(headers={"accept-language": "en"})
        if person is not None:
            self.client.force_login(marked.town.people[person])
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        self.cookies = self.client.cookies.copy()
        own = SEES[person]
        hidden = [name for name in SEES["admin1"] if name not in own]
        seen = set().union(*(marked.texts[name] for name in own))
        texts = set().union(*(marked.texts[name] for name in hidden)) - seen
        if person not in RIGHTS["api-products"].read:
            texts |= marked.products
        known = set().union(*(marked.figures[name] for name in own))
        figures = set().union(*(marked.figures[name] for name in hidden)) - known
        self.marks = texts | {form for value in figures for form in _written(value)}

    @property
    def shops(self):
        """One of the person's own shops, if there is any."""
        return sorted(SEES[self.person])[:1]

    def ask(self, path, *allowed, method="get", may_write=False, to_login=False, **more):
        """Ask and note what is wrong with the answer; the answer."""
        looks = method in ("get", "head", "options")
        with _writes() as written, nullcontext() if looks else transaction.atomic():
            answer = getattr(self.client, method)(path, **more)
            body = _content(answer)
            if not looks:
                transaction.set_rollback(True)
                self.client.cookies = self.cookies.copy()
        asked = f"{self.person} {method.upper()} {path} {more.get('data') or ''}"
        status = answer.status_code
        if status not in allowed:
            self.wrong.append(f"{asked}: {status}, not {sorted(allowed)}")
        elif to_login and status == 302 and not answer.url.startswith(LOGINS):
            self.wrong.append(f"{asked}: sent to {answer.url}")
        if written and not may_write:
            self.wrong.append(f"{asked}: wrote {written[0][:120]}")
        # What one has sent may stand in the answer.
        sent = json.dumps(more.get("data", ""), ensure_ascii=False) + path
        found = {mark for mark in self.shown(body) if mark not in sent}
        if found:
            self.wrong.append(f"{asked}: shows {sorted(found)[:5]}")
        return answer

    def shown(self, body: str) -> set[str]:
        """The marks in a text of what the person must not see."""
        return self.marks & {
            mark for pattern in (_TEXT, _PLAIN, _GROUPED) for mark in pattern.findall(body)
        }


# Texts begin with Qzx, barcodes with 690999; figures as pages, files and formulas write them.
_TEXT = re.compile(r"Qzx\w+|690999\d+")
_PLAIN = re.compile(r"(?<![\w.])\d{4,}(?: ct)?(?!\w)")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?!\w)")


def _written(value: int) -> list[str]:
    cartons = [f"{abs(value) // 10} ct"] if abs(value) >= 10_000 else []
    return [f"{value}", f"{value:,}", *cartons]


@contextmanager
def _writes():
    """The statements that change rows meanwhile, but for the bookkeeping of logins."""
    written = []

    def watch(execute, sql, *rest):
        if _WRITES.match(sql) and not _BOOKKEEPING.search(sql):
            written.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield written


def _content(answer) -> str:
    """Headers and body, files of an archive one after the other."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    parts = [str(headers).encode(), raw]
    if raw[:2] == b"PK":
        archive = zipfile.ZipFile(io.BytesIO(raw))
        parts += [archive.read(name) for name in archive.namelist()]
    elif raw[:2] == b"\x1f\x8b":
        parts.append(gzip.decompress(raw))
    return b"\n".join(parts).decode("utf-8", "replace")


# Arguments of addresses that belong to one shop: what each stands for there.
_OF_A_SHOP = {"route": "route", "department": "department", "visit_id": "visit", "sha256": "photo"}
_NOTHING = {"visit": uuid.UUID(int=0), "photo": "0" * 64}
_FIXED = {
    "barcode": barcode("6902"), "version": 1, "kind": "customers", "language": "zh",
    "rest": "nothing", "month": "2024-07", "day": "2024-07-01", "size": 192,
    "object_id": 1, "content_type_id": 1, "id": 1,
}  # fmt: skip


def _arguments(path: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", path)


def _is_of_a_shop(path: str, right: Right, things: dict) -> bool:
    own = any(name in _OF_A_SHOP or name.startswith("licence") for name in _arguments(path))
    return own or isinstance(things.get(right.number), dict)


def _filled(path: str, shop: str, right: Right, things: dict) -> str:
    """The path with what belongs to that shop ("" or none: nothing that there is)."""

    def value(found):
        name = found[1]
        if name.startswith("licence"):
            return licence(shop) if shop in SHOPS else shop or NO_SHOP
        kind = right.number if name == "number" else _OF_A_SHOP.get(name)
        if kind is None:
            return str(_FIXED.get(name, 999_999))
        thing = things.get(kind, 1)
        if isinstance(thing, dict):
            thing = thing.get(shop, _NOTHING.get(kind, 999_999))
        return str(thing)

    return re.sub(r"<(?:\w+:)?(\w+)>", value, path)


# The walk

NO = (403, 404, 405)
METHODS = ("head", "put", "patch", "delete", "options")


@pytest.fixture
def plain_refusals(monkeypatch):
    """The page of a refusal is searched by a test of its own, not drawn a thousand times."""
    no = HttpResponseForbidden(b"no")
    monkeypatch.setattr("marketing_ops.urls.handler403", lambda *_a, **_k: no, raising=False)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_is_theirs_and_no_more(walker, plain_refusals, person):
    walk = walker(person)
    foreign, things = sorted(SEES["admin1"] - SEES[person])[-1:], walk.marked.things
    for turn, (name, path, right) in enumerate(addresses(), start=PEOPLE.index(person)):
        places = {"": True}
        if _is_of_a_shop(path, right, things):
            places = dict.fromkeys(walk.shops, True) | dict.fromkeys(foreign, False)
            if _does_anything(person, right):
                walk.ask(_filled(path, "", right, things), *right.elsewhere, *NO)
                if "licence" in path:
                    walk.ask(_filled(path, "'", right, things), *right.elsewhere, *NO)
        for shop, there in places.items():
            filled = _filled(path, shop, right, things)
            _knock(walk, filled, right, there and not right.foreign, name, turn)
        if "<int:" in path and not right.public and person not in right.delete:
            _guess(walk, path)
    assert not walk.wrong, "\n".join(walk.wrong[:30])


def _does_anything(person, right: Right) -> bool:
    may = (right.read, right.post, right.put, right.delete)
    return right.public or any(person in people for people in may)


def _knock(walk, path, right: Right, there: bool, name: str, turn: int) -> None:
    """At one address: who may, by every method; who may not, by GET, POST and another in turn.

    `there`: not another's, nor nothing at all.
    """
    person = walk.person
    if not _does_anything(person, right):
        _be_refused(walk, path, right, name, turn)
        return
    if name == "admin":
        walk.ask(path, *right.statuses)  # what an administrator does there: tests/admin
        return
    reads = right.public or person in right.read
    sends = right.public or person in right.post
    # What one looks at for the first time may be begun by that: a second factor.
    may_write = right.read == LOGGED_IN or right.noted
    answers = tuple(right.statuses if there else right.elsewhere) if reads else NO
    walk.ask(path, *answers, may_write=may_write)
    answers = (*answers, 405) if right.read == LOGGED_IN else answers
    walk.ask(path, *answers, method="head", may_write=may_write)
    walk.ask(path, 200, 302, *NO, method="options", may_write=may_write)
    if sends:
        _send(walk, path, right, there)
    else:
        walk.ask(path, *NO, method="post")
    for method, people in (("put", right.put), ("patch", right.put), ("delete", right.delete)):
        may = there and (sends or person in people)
        # A body that makes no sense is refused as such.
        refused = (*NO, *right.elsewhere, 400, 409, 415, 422)
        walk.ask(path, *(range(200, 500) if may else refused), method=method, may_write=may)


def _be_refused(walk, path, right: Right, name: str, turn: int) -> None:
    refused = (403,) if right.read else NO
    if walk.person is None:
        refused = (401,) if path.startswith("/api/") else (302,)
    if name == "admin":
        # Some of its addresses refuse before they ask who it is.
        refused = (302, 403) if walk.person is None else NO
    walk.ask(path, *refused, to_login=walk.person is None)
    methods = ("post", METHODS[turn % len(METHODS)])
    if name == "admin":
        methods = ("post",) if walk.person == "district1" else ()
    for method in methods:
        walk.ask(path, *refused, *(NO if walk.person else ()), method=method)


def _send(walk, path, right: Right, there: bool) -> None:
    """What the person may send: about a shop of their own, and about another's."""
    hidden = sorted(SEES["admin1"] - SEES[walk.person])[-1:]
    about = [(one, there) for one in walk.shops or [""]]
    if "{licence}" in str(right.body):
        about += [(one, False) for one in hidden]
    for shop, mine in about:
        data = {
            key: value.format(licence=licence(shop)) if isinstance(value, str) else value
            for key, value in right.body.items()
        }
        allowed = range(200, 500) if mine else (*right.elsewhere, 400, 403, 405, 409, 422)
        more = {"content_type": "application/json"} if path.startswith("/api/") else {}
        may_write = mine or right.refusals_kept
        walk.ask(path, *allowed, method="post", data=data, may_write=may_write, **more)


def _guess(walk, path) -> None:
    refused = NO
    if walk.person is None:
        refused = (401,) if path.startswith("/api/") else (302,)
    for number in (0, 2**63):
        walk.ask(re.sub(r"<int:\w+>", str(number), path), *refused)


@lru_cache
def _known() -> dict[str, set[str]]:
    """The parameters that each address of the API knows; what it does not, it refuses."""
    return {
        path: {one["name"] for one in methods["get"].get("parameters", ()) if one["in"] == "query"}
        for path, methods in description()["paths"].items()
        if "get" in methods
    }


def _questions(path: str, turn: int, step: int) -> list[dict]:
    """What the address can be asked, every one of `step` in turn: the others ask the rest."""
    known = _known().get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path))
    if known is not None:
        asked = [{key: one[key] for key in one.keys() & known} for one in QUESTIONS]
        once = [one for place, one in enumerate(asked) if one and one not in asked[:place]]
        return once[turn % step :: step]
    if "<" in path or "." in path:
        step *= 5
    return QUESTIONS[turn % step :: step]


@pytest.mark.parametrize(
    ("person", "step"), [("am01", 2), ("shop1", 2), ("market1", 4), ("inspector1", 6)]
)
def test_no_question_reaches_anothers_rows(walker, plain_refusals, person, step):
    walk = walker(person)
    answered = 0
    for turn, (name, path, right) in enumerate(addresses(), start=step // 4):
        about_posts = person in right.read and right.read != LOGGED_IN and not right.number
        of_a_shop = _is_of_a_shop(path, right, walk.marked.things)
        if name == "admin" or not about_posts or (of_a_shop and not walk.shops):
            continue
        place = _filled(path, (walk.shops or [""])[0], right, walk.marked.things)
        for question in _questions(path, turn, step):
            asked = {key: text.format(**walk.marked.filled) for key, text in question.items()}
            statuses = (*right.statuses, 302, 400, 404)
            answer = walk.ask(place, *statuses, data=asked, may_write=right.noted)
            answered += answer.status_code == 200
        header = {"HX-Request": "true", "HX-Target": "results"}
        walk.ask(place, *right.statuses, headers=header, may_write=right.noted)
    assert not walk.wrong, "\n".join(walk.wrong[:30])
    assert answered > 20


@pytest.mark.parametrize("person", ["nobody", "gone", "shop1", "am01"])
def test_the_page_of_a_refusal_names_nothing(walker, person):
    walk = walker(person)
    for path in ("/runs/", "/admin/", "/trail/"):
        walk.ask(path, 403)
    walk.ask("/nothing/", 404)
    assert not walk.wrong, "\n".join(walk.wrong[:30])


@pytest.mark.parametrize("person", ["am01", "market1", "shop1", "inspector1"])
def test_anothers_shop_and_no_shop_get_the_same_answer(walker, person):
    walk = walker(person)
    foreign, things = sorted(SEES["admin1"] - SEES[person])[-1], walk.marked.things
    for _name, path, right in addresses():
        if not _is_of_a_shop(path, right, things) or person not in right.read:
            continue
        bodies = []
        for shop in (foreign, ""):
            place = _filled(path, shop, right, things)
            answer = walk.ask(place, *right.elsewhere)
            body = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
            bodies.append(body.replace(place, "…"))
        assert bodies[0] == bodies[1], path
    assert not walk.wrong, "\n".join(walk.wrong[:30])


@pytest.mark.parametrize("person", [STRANGER, "shop1", "am01"])
def test_no_file_lies_under_an_address_of_its_own(walker, person):
    walk = walker(person)
    digest = Upload.objects.get(pk=walk.marked.things["upload"]).sha256
    for folder in ("static", "media", "uploads", "var", "static/uploads", "files", "export"):
        for file in (digest, f"uploads/{digest}", "../var/uploads/" + digest, f"{digest}.csv"):
            walk.ask(f"/{folder}/{file}", 302, 404)
    assert not walk.wrong, "\n".join(walk.wrong[:30])


def test_a_cursor_of_anothers_page_reaches_none_of_their_rows(walker):
    whole = walker("district1")
    walk = walker("am01")
    for name in ("figures", "shops", "findings", "order-lines", "quotas", "flags", "detections"):
        first = whole.ask(f"/api/{name}/", 200, data={"page_size": 1}).json()
        if first["next"]:
            query = first["next"].partition("?")[2]
            walk.ask(f"/api/{name}/?{query}", 200, 400)
    assert not walk.wrong, "\n".join(walk.wrong[:30])


def test_the_marks_are_found_where_they_may_stand(walker):
    """Else the walk would look for what is nowhere."""
    walk = walker("inspector1")
    admin = walker("admin1")
    shop = licence("L5")
    for path, kinds in (
        (f"/shops/{shop}/", ("QzxNameL5", "QzxPersonam03", "QzxRoute3", "QzxDepartment2")),
        (f"/shops/{shop}/products/{barcode('6902')}/", ("QzxReasonL5", "QzxWhyL5")),
        ("/api/order-lines/", ("QzxStatusL5", "14356", "13758")),
        ("/api/events/", ("QzxEventL5",)),
    ):
        found = walk.shown(_content(admin.ask(path, 200)))
        assert set(kinds) <= found, path
    pair = _content(admin.ask(f"/shops/{shop}/products/{barcode('6902')}/", 200))
    figures = {mark for mark in walk.shown(pair) if not mark.startswith("Qzx")}
    assert any(mark.endswith(" ct") for mark in figures)
    assert len(figures) > 3
