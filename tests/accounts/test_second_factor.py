"""The second factor: set up, asked for at each login, each code good for one."""

import re
import time

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from marketing_ops.accounts import second_factor
from marketing_ops.audit.models import Entry
from tests.accounts.conftest import log_in, words

SET_UP = "/accounts/second-factor/"
CODE = "/accounts/login/code/"


def code_now(user, ahead=0):
    """The code that the app shows, or will show `ahead` half minutes later."""
    device = TOTPDevice.objects.filter(user=user).order_by("confirmed").last()
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + ahead * device.step
    return f"{totp.token():06}"


@pytest.fixture
def admin1(town):
    return town.people["admin1"]


@pytest.fixture
def with_factor(admin1):
    """admin1 with a second factor: the browser that set it up, and the recovery codes."""
    client = Client()
    log_in(client, "admin1")
    client.get(SET_UP)
    answer = client.post(SET_UP, {"code": code_now(admin1)})
    assert answer.url == "/accounts/second-factor/codes/"
    codes = re.findall(r"<li><code>(\w+)</code>", client.get(answer.url).content.decode())
    return client, codes


def fresh_code(admin1):
    """The next one: the present one was used to set the factor up."""
    return code_now(admin1, ahead=1)


def test_the_picture_is_made_here_and_has_no_inline_style(admin1):
    client = Client()
    log_in(client, "admin1")
    page = client.get(SET_UP).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    assert "no-store" in client.get(SET_UP).headers["Cache-Control"]


def test_a_wrong_first_code_puts_nothing_in_force(admin1):
    client = Client()
    log_in(client, "admin1")
    client.get(SET_UP)
    wrong = f"{(int(code_now(admin1)) + 1) % 1_000_000:06}"
    assert client.post(SET_UP, {"code": wrong}).status_code == 200
    assert second_factor.device_of(admin1) is None
    assert log_in(Client(), "admin1").url == "/"


def test_the_secret_stays_the_same_while_it_is_set_up(admin1):
    first, again = second_factor.begin(admin1), second_factor.begin(admin1)
    assert first.key == again.key
    assert first.bin_key
    assert "secret=" in first.config_url


def test_recovery_codes_are_shown_once(with_factor):
    client, codes = with_factor
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert client.get("/accounts/second-factor/codes/").url == "/accounts/security/"


def test_the_login_then_asks_for_a_code_and_nobody_is_in_before(with_factor, admin1):
    client = Client()
    assert log_in(client, "admin1").url == CODE
    assert client.get("/").status_code == 302
    assert client.get("/admin/").status_code == 302
    answer = client.post(CODE, {"code": fresh_code(admin1)})
    assert answer.url == "/"
    assert client.get("/").status_code == 200


def test_after_the_code_one_gets_where_one_wanted(with_factor, admin1):
    client = Client()
    client.post(
        "/accounts/login/?next=/accounts/password/",
        {"username": "admin1", "password": "town-password-1"},
    )
    assert client.post(CODE, {"code": fresh_code(admin1)}).url == "/accounts/password/"


def test_a_code_is_good_for_one_login(with_factor, admin1):
    code = fresh_code(admin1)
    first, second = Client(), Client()
    log_in(first, "admin1")
    log_in(second, "admin1")
    assert first.post(CODE, {"code": code}).status_code == 302
    assert second.post(CODE, {"code": code}).status_code == 200
    assert second.get("/").status_code == 302


def test_the_code_that_set_it_up_does_not_log_in(admin1):
    client = Client()
    log_in(client, "admin1")
    client.get(SET_UP)
    code = code_now(admin1)
    client.post(SET_UP, {"code": code})
    other = Client()
    log_in(other, "admin1")
    assert other.post(CODE, {"code": code}).status_code == 200


def test_a_recovery_code_is_good_once(with_factor):
    _client, codes = with_factor
    first, second = Client(), Client()
    log_in(first, "admin1")
    log_in(second, "admin1")
    assert first.post(CODE, {"code": codes[0].upper()}).status_code == 302
    assert second.post(CODE, {"code": codes[0]}).status_code == 200
    entry = Entry.objects.get(action="recovery code used")
    assert entry.details["left"] == second_factor.RECOVERY_CODES - 1


def test_guessing_codes_is_made_to_wait(with_factor, admin1):
    client = Client()
    log_in(client, "admin1")
    for wrong in ("000000", "111111"):
        assert client.post(CODE, {"code": wrong}).status_code == 200
    outcome = second_factor.check(admin1, fresh_code(admin1))
    assert not outcome.right, "the right one has to wait, too"
    assert outcome.wait_until is not None
    page = words(client.post(CODE, {"code": fresh_code(admin1)}))
    assert f"{outcome.wait_until:%M}" in page


def test_a_password_alone_waits_for_its_code_five_minutes(with_factor, admin1, monkeypatch):
    client = Client()
    log_in(client, "admin1")
    real = time.time
    monkeypatch.setattr("marketing_ops.accounts.views.time.time", lambda: real() + 301)
    assert client.post(CODE, {"code": code_now(admin1, 11)}).url == "/accounts/login/"
    assert client.get("/").status_code == 302


def test_the_page_of_the_code_is_nothing_without_a_password(client, db):
    assert client.get(CODE).url == "/accounts/login/"
    assert client.post(CODE, {"code": "123456"}).url == "/accounts/login/"


def test_setting_it_up_ends_the_other_logins(town, admin1):
    other = Client()
    log_in(other, "admin1")
    client = Client()
    log_in(client, "admin1")
    client.get(SET_UP)
    client.post(SET_UP, {"code": code_now(admin1)})
    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200


def test_a_session_left_open_is_not_enough_to_change_the_factor(with_factor, admin1, monkeypatch):
    client, _codes = with_factor
    real = time.time
    monkeypatch.setattr(
        "marketing_ops.accounts.second_factor.time.time",
        lambda: real() + second_factor.PROVEN_SECONDS + 1,
    )
    for path in ("second-factor/off/", "second-factor/codes/new/"):
        assert client.post(f"/accounts/{path}").url.startswith("/accounts/second-factor/prove/")
    assert client.get(SET_UP).url.startswith("/accounts/second-factor/prove/")
    assert second_factor.device_of(admin1)
    assert second_factor.codes_left(admin1) == second_factor.RECOVERY_CODES


def test_a_code_proves_it_and_then_it_can_be_turned_off(with_factor, admin1):
    _client, codes = with_factor
    client = Client()
    log_in(client, "admin1")
    client.post(CODE, {"code": codes[0]})
    assert client.post("/accounts/second-factor/codes/new/").status_code == 302
    assert second_factor.codes_left(admin1) == second_factor.RECOVERY_CODES
    assert client.post("/accounts/second-factor/off/").url == "/accounts/security/"
    assert second_factor.device_of(admin1) is None
    assert second_factor.codes_left(admin1) == 0
    assert log_in(Client(), "admin1").url == "/"


@pytest.mark.parametrize("required", [True, False])
def test_in_the_demo_it_is_an_offer(settings, town, required):
    settings.SECOND_FACTOR_REQUIRED = required
    settings.DEMO = not required
    client = Client()
    assert log_in(client, "admin1").status_code == 302
    answer = client.get("/admin/")
    assert (answer.status_code == 302) is required
    if required:
        assert answer.url == SET_UP
    assert client.get(SET_UP).content.decode().count('class="alert"') == 1


def test_a_token_of_the_api_takes_the_code_too(with_factor, admin1):
    client = Client()
    asked = {"username": "admin1", "password": "town-password-1"}
    answer = client.post("/api/auth/token/", asked, content_type="application/json")
    assert answer.status_code == 400
    asked["code"] = fresh_code(admin1)
    answer = client.post("/api/auth/token/", asked, content_type="application/json")
    assert answer.status_code == 200


def test_what_only_administrators_may_asks_for_it_behind_the_gate(settings, rf, admin1):
    from django.http import HttpResponse

    from customers.gate import requires
    from customers.scope import Action

    @requires(Action.KEEP_MASTER_DATA)
    def keep(request):
        return HttpResponse("kept")

    settings.SECOND_FACTOR_REQUIRED = True
    request = rf.get("/")
    request.user, request.session = admin1, {}
    assert keep(request).url == SET_UP
    request.session = {second_factor._MARK: True}
    assert keep(request).content == b"kept"
