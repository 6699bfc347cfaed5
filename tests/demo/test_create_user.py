from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.models import Post
from marketing_ops.accounts.models import User
from marketing_ops.audit.models import Entry

PASSWORD = "a long word from a long book"


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("PASSWORD", PASSWORD)


def create_user(*arguments):
    out = StringIO()
    call_command("create_user", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def lets_in(name, password):
    return User.objects.get(username=name, is_active=True).check_password(password)


def posts_of(name):
    return list(Post.objects.on(timezone.localdate()).filter(user__username=name))


@pytest.mark.parametrize("role", ["inspector", "district", "admin"])
def test_a_person_of_the_whole_district_needs_no_scope(town, role):
    create_user("new", "--role", role)
    assert lets_in("new", PASSWORD)
    assert User.objects.get(username="new").is_superuser == (role == "admin")
    assert [post.role for post in posts_of("new")] == [role]


def test_an_account_manager_gets_a_route_and_a_market_manager_a_department(town):
    create_user("am09", "--role", "account_manager", "--route", "东二")
    create_user("market9", "--role", "market_manager", "--department", "城西市场部")
    assert posts_of("am09")[0].route == town.routes["东二"]
    assert posts_of("market9")[0].department == town.departments["城西市场部"]


def test_a_retail_customer_may_have_several_shops(town):
    create_user("owner", "--role", "customer", "--licence", "L1", "L3")
    assert {post.customer for post in posts_of("owner")} == {town.shops["L1"], town.shops["L3"]}


def test_the_same_command_twice_gives_one_person_and_one_post(town, monkeypatch):
    create_user("am09", "--role", "account_manager", "--route", "东二")
    monkeypatch.setenv("PASSWORD", PASSWORD + "!")
    create_user("am09", "--role", "account_manager", "--route", "东二")
    assert len(posts_of("am09")) == 1
    assert not lets_in("am09", PASSWORD)
    assert lets_in("am09", PASSWORD + "!")
    assert Entry.objects.filter(subject="user am09").count() == 2


def test_a_person_known_from_an_import_gets_a_login_and_keeps_the_post(town):
    User.objects.filter(username="am01").update(password="!")
    create_user("am01", "--role", "account_manager")
    assert lets_in("am01", PASSWORD)
    assert posts_of("am01")[0].route == town.routes["东一"]


def test_a_further_role_is_a_further_post(town):
    create_user("market1", "--role", "inspector")
    assert {post.role for post in posts_of("market1")} == {"market_manager", "inspector"}


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["--role", "account_manager"], "--route"),
        (["--role", "account_manager", "--route", "nowhere"], "东一, 东二, 西一"),
        (["--role", "market_manager"], "--department"),
        (["--role", "market_manager", "--department", "nowhere"], "城东市场部"),
        (["--role", "customer"], "--licence"),
        (["--role", "customer", "--licence", "L1", "L99"], "L99"),
        (["--role", "district", "--route", "东一"], "--route"),
        (["--role", "king"], "king"),
    ],
)
def test_what_does_not_fit_is_said_and_nobody_is_created(town, arguments, cure):
    with pytest.raises(CommandError, match=cure):
        create_user("new", *arguments)
    assert not User.objects.filter(username="new").exists()


def test_without_a_password_in_the_environment_nobody_is_created(town, monkeypatch):
    monkeypatch.delenv("PASSWORD")
    with pytest.raises(CommandError, match="PASSWORD"):
        create_user("new", "--role", "district")
    assert not User.objects.filter(username="new").exists()


def test_a_weak_password_is_pointed_out(town, monkeypatch):
    monkeypatch.setenv("PASSWORD", "12345678")
    said = create_user("new", "--role", "district")
    assert lets_in("new", "12345678")
    assert len(said.splitlines()) >= 2


def test_a_name_that_cannot_be_a_login_is_refused(town):
    with pytest.raises(CommandError):
        create_user("a b", "--role", "district")


def test_a_name_that_is_too_long_is_refused_in_words(town):
    with pytest.raises(CommandError, match="150"):
        create_user("x" * 151, "--role", "district")
