"""Login, logout, and what every page says about the figures it shows."""

from datetime import timedelta

import pytest

from inventory.indicators.models import ResultSet
from inventory.indicators.queries import current_set
from marketing_ops.runs import services as runs
from marketing_ops.runs.models import Run
from tests.pages.conftest import text_of
from tests.town import DAY, PASSWORD


def test_who_is_not_known_is_sent_to_the_login_and_back(client, district):
    answer = client.get("/shops/L1/")
    assert answer.url == "/accounts/login/?next=/shops/L1/"
    answer = client.post(answer.url, {"username": "am01", "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/shops/L1/")
    assert "张江一店" in client.get("/shops/L1/").content.decode()


def test_a_wrong_password_is_said_without_telling_which_part_is_wrong(client, town):
    answers = [
        client.post("/accounts/login/", {"username": name, "password": "wrong"})
        for name in ("am01", "nobody-at-all")
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "请输入一个正确的用户名和密码" in text_of(answer)


def test_after_the_login_one_does_not_see_it_again(client, town):
    client.force_login(town.people["am01"])
    assert client.get("/accounts/login/").url == "/"


def test_logging_out_takes_a_post_and_ends_the_session(client, town):
    client.force_login(town.people["am01"])
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").url == "/accounts/login/"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("demo", [True, False])
def test_only_the_demo_tells_its_accounts_and_password(client, db, settings, demo):
    settings.DEMO = demo
    words = text_of(client.get("/accounts/login/"))
    assert ("demo-district" in words) is demo
    assert ("am01" in words) is demo


def test_every_page_says_of_which_day_and_rules_its_figures_are(district, visit):
    for path in ("/shops/", "/shops/L1/", "/shops/L1/products/6902/"):
        words = text_of(visit("am01", path))
        assert f"数据截至 {DAY} （星期二）" in words
        assert f"规则{current_set().rules}" in words
        assert "夜间计算" not in words.split("规则")[0], "all is well, so nothing is said"


def test_a_night_that_did_not_run_is_said_plainly(district, visit, clock):
    clock.now += timedelta(days=1)
    words = text_of(visit("am01", "/"))
    assert f"{DAY + timedelta(days=1)}的夜间计算没有运行。您看到的是{DAY}的数据。" in words


def test_a_night_that_failed_is_said_plainly(district, visit, clock):
    clock.now += timedelta(days=1)
    run = runs.start(kind=Run.Kind.NIGHT, title="", by="test", as_of=DAY + timedelta(days=1))
    assert "正在运行" in text_of(visit("am01", "/"))
    runs.finish(run, error="boom: secret details")
    words = text_of(visit("am01", "/"))
    assert "夜间计算失败" in words
    assert "secret" not in words


def test_a_night_that_may_still_be_under_way_is_not_missed(district, visit, clock):
    clock.now = clock.now.replace(hour=2, minute=10) + timedelta(days=1)
    assert "夜间计算" not in text_of(visit("am01", "/")).split("规则")[0]


def test_results_of_another_days_replay_are_not_shown(district, visit):
    ResultSet.objects.create(
        as_of=DAY + timedelta(days=1),
        known_at=current_set().known_at,
        rules="other@9",
        thresholds={"default": 1, "products": {}},
        replay=True,
        status="complete",
        created_at=current_set().created_at,
    )
    assert "other@9" not in text_of(visit("am01", "/"))


def test_strangers_learn_nothing_of_the_figures(client, district):
    for path in ("/accounts/login/", "/nothing-here/"):
        assert str(DAY) not in client.get(path).content.decode()


def test_pages_that_went_wrong_say_what_to_do(client, district, visit):
    words = text_of(visit("nobody", "/"))
    assert "此账号不能查看" in words and "请向管理员查询您的岗位" in words
    words = text_of(visit("am01", "/nothing/"))
    assert "没有这个页面，或者该客户不属于您" in words


def test_the_page_of_an_error_needs_nothing_that_may_be_broken(client, district, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the database is on fire")

    monkeypatch.setattr("marketing_ops.home.table.found.read_shops", broken)
    client.force_login(district.people["am01"])
    client.raise_request_exception = False
    answer = client.get("/shops/")
    assert answer.status_code == 500
    words = text_of(answer)
    assert "错误已记录" in words
    assert "fire" not in words


def test_the_health_check_answers_without_a_login(client, db):
    answer = client.get("/healthz")
    assert answer.status_code in (200, 503)
    assert answer.json()["database"] == "ok"
