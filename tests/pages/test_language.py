"""Chinese by default, English at a click, both complete."""

import re

from django.test import Client

from tests.pages import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%\(\w+\)\.\d+f")


def test_the_site_speaks_chinese_whatever_the_browser_would_like(client, db):
    page = client.get("/accounts/login/", headers={"accept-language": "en-GB,en;q=0.9"})
    assert page.headers["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans">' in page.content.decode()
    assert "登录" in page.content.decode()


def test_one_click_changes_the_language_and_comes_back_to_the_page(client, db):
    answer = client.post(
        "/accounts/language/", {"language": "en", "next": "/accounts/login/?next=/shops/L1/"}
    )
    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/shops/L1/")
    page = client.get("/accounts/login/")
    assert page.headers["Content-Language"] == "en"
    assert "Log in" in page.content.decode()
    client.post("/accounts/language/", {"language": "zh-hans", "next": "/"})
    assert "登录" in client.get("/accounts/login/").content.decode()


def test_the_language_is_not_changed_by_a_link(client, db):
    client.get("/accounts/language/?language=en")
    assert client.get("/accounts/login/").headers["Content-Language"] == "zh-hans"


def test_the_way_back_never_leads_to_another_site(client, db):
    answer = client.post("/accounts/language/", {"language": "en", "next": "https://example.org/"})
    assert answer.url == "/"


def test_a_language_nobody_speaks_here_counts_as_none(client, db):
    client.cookies["django_language"] = "xx"
    assert client.get("/accounts/login/").headers["Content-Language"] == "zh-hans"


def test_the_switch_needs_the_forms_token(db):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/language/", {"language": "en", "next": "/"})
    assert answer.status_code == 403
    assert "页面打开太久了" in answer.content.decode()


def test_every_text_of_code_and_templates_has_a_chinese_translation():
    chinese = messages.chinese()
    missing = []
    for text in messages.texts():
        if not text.id:
            continue
        key = text.id if isinstance(text.id, str) else text.id[0]
        found = chinese.get(key, text.context)
        if found is None or not _strings(found) or not all(_strings(found)) or found.fuzzy:
            missing.append(key)
    assert missing == [], "python -m tests.pages.messages adds them; then translate them"


def test_the_catalogue_holds_no_text_that_is_gone():
    texts = messages.texts()
    gone = [
        message.id
        for message in messages.chinese()
        if message.id and texts.get(_first(message.id), message.context) is None
    ]
    assert gone == [], "python -m tests.pages.messages drops them"


def test_translations_keep_the_placeholders():
    wrong = []
    for message in messages.chinese():
        if not message.id:
            continue
        wanted = set(
            PLACEHOLDER.findall(message.id if isinstance(message.id, str) else message.id[1])
        )
        for string in _strings(message):
            if set(PLACEHOLDER.findall(string)) != wanted:
                wrong.append((message.id, string))
    assert wrong == []


def test_translations_keep_the_marks_of_html():
    wrong = [
        message.id
        for message in messages.chinese()
        for string in _strings(message)
        if message.id
        and sorted(re.findall(r"<[^>]+>", _first(message.id)))
        != sorted(re.findall(r"<[^>]+>", string))
    ]
    assert wrong == []


def test_the_terms_on_the_screen_are_those_of_the_trade():
    chinese = messages.chinese()
    terms = {
        "Account manager": "客户经理",
        "Market manager": "市场经理",
        "Inspector": "督察员",
        "Market department": "市场部",
        "Retail customer": "零售客户",
        "Business format": "业态",
        "Product": "规格",
        "Stock-to-sales ratio": "存销比（天）",
        "Weekly point ratio": "周时点存销比",
        "Monthly point ratio": "月时点存销比",
        "Stock-out days": "脱销天数",
        "Effective sales days": "有效销售天数",
        "Expected stock-out sales": "预计脱销销售",
        "Sales satisfaction": "销售满足度",
        "Days of stock": "库存可销天数",
        "Stock-out segment": "客户细分",
        "Reasonable quota, and why": "合理定量及其由来",
        "%(cartons)d ct": "%(cartons)d条",
        "%(packs)d pk": "%(packs)d包",
    }
    assert {term: chinese.get(term).string for term in terms} == terms


def _strings(message):
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return [string for string in strings if string is not None]


def _first(identity):
    return identity if isinstance(identity, str) else identity[0]
