"""Who may do what at every address of the site. What is not allowed here is forbidden.

A new address fails tests/site/test_walk.py until it has a line in RIGHTS: its name, who may read
it, who may send something to it. Whose the shop in the address is not gets 404, as if it did not
exist; that needs no word here. People by the names of the town (tests/site/marked.py).
"""

from dataclasses import dataclass, field

# A customer with a shop, an account manager, who stands in for one, a market manager, …
POSTED = frozenset({"shop1", "am01", "stand_in", "market1", "inspector1", "district1", "admin1"})
# Logged in without a post of today: never had one, or had one until yesterday.
POSTLESS = frozenset({"nobody", "gone"})
LOGGED_IN = POSTED | POSTLESS
STRANGER = None  # not logged in

NOBODY = frozenset()
AT_WORK = POSTED - {"shop1"}
WHOLE = frozenset({"district1", "admin1"})
ADMIN = frozenset({"admin1"})
OWNER = frozenset({"shop1"})
OUT = frozenset({"am01", "stand_in"})  # who goes from shop to shop
SEE_VISITS = AT_WORK - {"inspector1"}
LEADS = frozenset({"market1", "admin1"})


@dataclass(frozen=True)
class Right:
    """`read`: who gets an answer to GET and HEAD, one of `statuses`; `post`, `delete`: to those.

    `public`: strangers, too. `number`: what the number in the address is one of (Marked.things).
    `body`: what a POST holds; "{licence}" in it becomes a shop of the person, then another's.
    `foreign`: the number in the address is somebody else's, so it is answered 404. `noted`:
    reading it is written down. `elsewhere`: what is answered of another's shop.
    `refusals_kept`: what was refused is kept for who sent it.
    """

    read: frozenset = NOBODY
    post: frozenset = NOBODY
    delete: frozenset = NOBODY
    put: frozenset = NOBODY  # and patch
    public: bool = False
    statuses: frozenset = frozenset({200})
    number: str = ""
    body: dict = field(default_factory=dict)
    foreign: bool = False
    noted: bool = False
    elsewhere: frozenset = frozenset({404})
    refusals_kept: bool = False


def own(**more) -> Right:
    """About nobody but who asks, whatever their posts."""
    return Right(read=LOGGED_IN, **more)


def deed(people, **more) -> Right:
    """Takes a POST and nothing else."""
    return Right(post=frozenset(people), **more)


RIGHTS = {
    # Before anyone is known.
    "login": Right(public=True, read=LOGGED_IN, post=LOGGED_IN, statuses=frozenset({200, 302})),
    "login_code": Right(public=True, read=LOGGED_IN, post=LOGGED_IN, statuses=frozenset({302})),
    "logout": Right(public=True, post=LOGGED_IN, statuses=frozenset({405})),
    "set_language": Right(public=True, post=LOGGED_IN, statuses=frozenset({302})),
    "healthz": Right(public=True, read=LOGGED_IN, statuses=frozenset({200, 503})),
    "api-schema": Right(public=True, read=LOGGED_IN),
    "api-token": Right(public=True, post=LOGGED_IN, statuses=frozenset({405})),
    "api-unknown": Right(public=True, read=LOGGED_IN, statuses=frozenset({404})),
    # One's own login.
    "security": own(),
    "password": own(post=LOGGED_IN),
    "end_sessions": deed(LOGGED_IN),
    "end_tokens": deed(LOGGED_IN),
    "second_factor": own(post=LOGGED_IN),
    "prove": own(post=LOGGED_IN, statuses=frozenset({302})),
    "recovery_codes": own(statuses=frozenset({302})),
    "renew_codes": deed(LOGGED_IN),
    "take_off": deed(LOGGED_IN),
    "api-own-tokens": own(),
    "api-own-token": Right(delete=LOGGED_IN, number="token", foreign=True),
    # Shops and their figures.
    "home": Right(POSTED),
    "today": Right(AT_WORK),
    "shops": Right(AT_WORK),
    "shop": Right(AT_WORK),
    "pair": Right(AT_WORK),
    "shops-csv": Right(AT_WORK, noted=True),
    "shops-xlsx": Right(AT_WORK, noted=True),
    "products-csv": Right(AT_WORK, noted=True),
    "products-xlsx": Right(AT_WORK, noted=True),
    "save-view": deed(AT_WORK),
    # The number is somebody else's view, or none.
    "rename-view": Right(post=AT_WORK, foreign=True),
    "delete-view": Right(post=AT_WORK, foreign=True),
    "sell-through": Right(POSTED),
    "sell-through-csv": Right(POSTED, noted=True),
    "sell-through-xlsx": Right(POSTED, noted=True),
    "my-shop": Right(OWNER),
    "rules": Right(AT_WORK),
    "rule-set": Right(AT_WORK),
    # The administrator's desk.
    "imports": Right(WHOLE),
    "import-new": Right(ADMIN, post=ADMIN, statuses=frozenset({302})),
    "import-empty": Right(ADMIN),
    "import": Right(WHOLE, number="upload"),
    "import-problems": Right(WHOLE, number="upload"),
    "import-rejected": Right(WHOLE, number="upload"),
    "import-file": Right(ADMIN, number="upload"),
    "import-again": deed(ADMIN, number="upload"),
    "runs": Right(WHOLE),
    "run-night": deed(ADMIN),
    "run": Right(WHOLE, number="run"),
    "trail": Right(ADMIN),
    # The district as a whole, narrowed to one's own shops.
    "overview": Right(AT_WORK),
    "overview-map": Right(AT_WORK),
    "overview-shops": Right(AT_WORK),
    "overview-products": Right(AT_WORK),
    "overview-cells": Right(AT_WORK),
    # Visits: the phone's page holds no word about anybody.
    "visits-app": Right(OUT),
    "visits-shell": Right(LOGGED_IN, public=True),
    "visits-worker": Right(LOGGED_IN, public=True),
    "visits-manifest": Right(LOGGED_IN, public=True),
    "visits-words": Right(LOGGED_IN, public=True, statuses=frozenset({200, 404})),
    "visits-icon": Right(LOGGED_IN, public=True),
    "plans": Right(SEE_VISITS, statuses=frozenset({200, 302})),
    "plan": Right(SEE_VISITS),
    "plan-draft": deed(OUT | {"market1"}),
    "plan-decide": deed(SEE_VISITS),
    "plan-add": Right(OUT | {"market1"}, post=OUT | {"market1"}, elsewhere=frozenset({404, 302})),
    "plan-visit": Right(OUT | {"market1"}, post=OUT | {"market1"}, number="planned"),
    "schedule": Right(SEE_VISITS),
    "meeting": Right(SEE_VISITS),
    "meeting-one": Right(SEE_VISITS, number="meeting"),
    "meeting-read": deed(OUT, number="meeting"),
    "meeting-write": Right(LEADS, post=LEADS, statuses=frozenset({200, 302, 404})),
    "bag": Right(OUT, post=OUT),
    # After the visits. A day ahead has no report; a draft, and who is not led, are not there.
    "reports": Right(SEE_VISITS),
    "report-day": Right(OUT, post=OUT, statuses=frozenset({200, 404})),
    "report": Right(OUT, post=OUT, statuses=frozenset({200, 404})),
    "report-one": Right(SEE_VISITS, number="report", statuses=frozenset({200, 302, 404})),
    "report-comment": deed(SEE_VISITS, number="report"),
    "tomorrow": Right(OUT),
    "care": Right(SEE_VISITS),
    "care-done": deed(SEE_VISITS, number="care"),
    "visits-desk": Right(SEE_VISITS),
    "visits-desk-csv": Right(SEE_VISITS, noted=True),
    "visits-desk-xlsx": Right(SEE_VISITS, noted=True),
    "visits-person": Right(SEE_VISITS, number="person", statuses=frozenset({200, 404})),
    "visit": Right(SEE_VISITS, statuses=frozenset({200, 404})),
    # Stock counts, collection by hand, calls. A visit that is not the person's has no count.
    "counts": Right(SEE_VISITS),
    "count": Right(SEE_VISITS, statuses=frozenset({200, 404})),
    "collection": Right(SEE_VISITS),
    "collect-day": Right(OUT, post=OUT, statuses=frozenset({200, 302})),
    "collect-week": Right(OUT, post=OUT, statuses=frozenset({200, 302})),
    "calls": Right(SEE_VISITS),
    "call-done": deed(SEE_VISITS, number="call"),
    "rescue": deed(SEE_VISITS),
    "rescue-step": deed(WHOLE, number="rescue"),
    # The API.
    "api-confidential": Right(WHOLE),
    # Who went out until yesterday may still send what a phone kept.
    "api-visits": Right(
        SEE_VISITS, post=OUT | {"gone"}, body={"licence_no": "{licence}"}, refusals_kept=True
    ),
    "api-visits-day": Right(OUT),
    "api-visits-counts": Right(SEE_VISITS),
    "api-visits-session": Right(LOGGED_IN, public=True),
    "api-set-aside": Right(SEE_VISITS),
    "api-set-aside-one": deed(SEE_VISITS, number="set aside", foreign=True),
    "api-conflicts": Right(SEE_VISITS),
    "api-conflict": deed(SEE_VISITS, number="conflict", foreign=True),
    "api-visit": Right(SEE_VISITS, statuses=frozenset({200, 404})),
    "api-visit-photo": Right(SEE_VISITS, put=OUT | {"gone"}, statuses=frozenset({200, 404})),
    "api-schedule": Right(SEE_VISITS),
    "api-plans": Right(SEE_VISITS),
    "api-plan": Right(SEE_VISITS, post=OUT | {"market1"}),
    "api-plan-decision": deed(SEE_VISITS),
    "api-plan-visits": deed(OUT | {"market1"}),
    "api-planned-visit": Right(put=OUT | {"market1"}, delete=OUT | {"market1"}, number="planned"),
    "api-meetings": Right(SEE_VISITS),
    "api-meeting-read": deed(OUT, number="meeting"),
    "api-bag": Right(OUT),
    "api-bag-item": Right(put=OUT, number="bag", foreign=True),
    "api-stock-counts": Right(SEE_VISITS),
    "api-collection-days": Right(SEE_VISITS),
    "api-collection-day": Right(SEE_VISITS, post=OUT),
    "api-collection-week": Right(SEE_VISITS, post=OUT),
    "api-calls": Right(SEE_VISITS),
    "api-call": deed(SEE_VISITS, number="call"),
    "api-rescues": Right(
        SEE_VISITS, post=SEE_VISITS, body={"licence_no": "{licence}", "trouble": "deposit"}
    ),
    "api-rescue": deed(WHOLE, number="rescue"),
    "api-shop-periods": Right(AT_WORK),
    "api-me": Right(POSTED),
    "api-shops": Right(POSTED),
    "api-shop": Right(POSTED),
    "api-ledger": Right(AT_WORK),
    "api-pair-figures": Right(AT_WORK),
    "api-cycles": Right(AT_WORK),
    "api-pair-recommendation": Right(AT_WORK),
    "api-brands": Right(POSTED),
    "api-products": Right(POSTED),
    "api-product": Right(POSTED),
    "api-events": Right(AT_WORK),
    "api-result-sets": Right(AT_WORK),
    "api-figures": Right(AT_WORK),
    "api-shop-figures": Right(AT_WORK),
    "api-roll-ups": Right(AT_WORK),
    "api-order-figures": Right(AT_WORK),
    "api-social-figures": Right(WHOLE),
    "api-recommendations": Right(AT_WORK),
    "api-quotas": Right(AT_WORK),
    "api-order-lines": Right(AT_WORK),
    "api-findings": Right(AT_WORK),
    "api-flags": Right(AT_WORK),
    "api-detections": Right(AT_WORK),
    "api-runs": Right(WHOLE),
    "api-run": Right(WHOLE, number="run"),
}
# Every address of Django's admin: administrators, who get the page or a plain no.
OF_THE_ADMIN = Right(ADMIN, post=ADMIN, statuses=frozenset({200, 302, 403, 404, 405}), number="row")
# Only with DEBUG=1.
IN_DEVELOPMENT = {"gallery": Right(POSTED), "gallery-progress": Right(POSTED)}

_SHOP = {name: "{licence}" for name in ("shop", "licence", "licence_no")}
_ITS_ID = {name: "{customer}" for name in ("customer", "customer_id", "id")}
_DEPARTMENT = {name: "{department}" for name in ("department", "departments")}
_ROUTE = {name: "{route}" for name in ("route", "routes")}
_MANAGER = {name: "{manager}" for name in ("manager", "managers", "who", "by", "person")}
_PRODUCT = {"brand": "{brand}", "product": "{product}", "barcode": "{barcode}"}
# What could be asked of a list to reach another's rows: each one question under all the names that
# addresses know it by; they leave out what they do not know. "{…}" is filled in by marked.py.
QUESTIONS = (
    *({"q": text} for text in ("{name}", "{licence}", "Qzx", "%", "'")),
    _SHOP, _ITS_ID, _DEPARTMENT, _ROUTE, _MANAGER, _DEPARTMENT | _ROUTE | _MANAGER, _PRODUCT,
    {"segment": "E", "kind": "no-data"}, {"segment": "none"}, {"group": "{group}"},
    {"format": "食杂店"}, {"area": "农村", "scale": "大"}, {"class": "3", "price_class": "3"},
    {"page": "2"}, {"page_size": "1000"}, {"page": "999", "page_size": "1"},
    *({"sort": order, "ordering": order} for order in (
        "stockout", "-stockout", "licence", "-licence_no", "-id", "customer__properties__name",
    )),
    {"on": "2024-06-01", "month": "2024-05", "period": "month"}, {"week": "2024-06-17"},
    {"as_of": "2024-06-25", "known_at": "2030-01-01T00:00:00Z", "all": "1"},
    {"from": "2024-01-01", "to": "2024-12-31", "columns": "name,licence,address,contact"},
    {"customers_by": "department"}, {"customers_by": "manager", "customer_key": "{manager}"},
    {"customers_by": "total", "view": "1"},
)  # fmt: skip
