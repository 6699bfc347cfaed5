"""People, their posts and their logins."""

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone

from customers.models import Post
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.audit.models import Entry
from tests.admin.conftest import address, errors_of
from tests.town import PASSWORD

TODAY = timezone.localdate


def warnings_of(answer):
    return [str(said) for said in get_messages(answer.wsgi_request) if said.level_tag == "warning"]


def give(client, **values):
    values = {"starts_on": str(TODAY())} | {
        name: getattr(value, "pk", value) for name, value in values.items()
    }
    return client.post(address(Post, "add"), values)


def test_a_person_is_made_and_given_a_post(admin1, town):
    values = {
        "username": "am09",
        "display_name": "王小明",
        "usable_password": "true",
        "password1": "lang-genug-1",
        "password2": "lang-genug-1",
        "why": "新入职",
    }
    answer = admin1.post(address(User, "add"), values)
    assert answer.status_code == 302, errors_of(answer)
    person = User.objects.get(username="am09")
    assert (
        give(admin1, user=person, role=Role.ACCOUNT_MANAGER, route=town.routes["西一"]).status_code
        == 302
    )
    client = Client()
    client.post("/accounts/login/", {"username": "am09", "password": "lang-genug-1"})
    assert client.get("/").status_code == 200
    entry = Entry.objects.get(subject="user am09")
    assert (entry.actor, entry.why) == ("admin1", "新入职")
    assert "lang-genug-1" not in str(entry.details)


@pytest.mark.parametrize("password", ["short-1", "am09-am09-am09", "password123", "93847561029384"])
def test_a_weak_password_is_refused(admin1, town, password):
    values = {
        "username": "am09-am09",
        "usable_password": "true",
        "password1": password,
        "password2": password,
    }
    assert "password2" in errors_of(admin1.post(address(User, "add"), values))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "account_manager"}, "route"),
        ({"role": "market_manager"}, "department"),
        ({"role": "customer"}, "licence"),
        ({"role": "customer", "licence": "X"}, "licence"),
        ({"role": "district", "route": "东一"}, "route"),
        ({"role": "account_manager", "route": "东一", "licence": "L1"}, "licence"),
        ({"role": "inspector", "starts_on": ""}, "starts_on"),
        ({"role": "inspector", "starts_on": "2024-02-01", "ends_on": "2024-01-01"}, "ends_on"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_post_that_does_not_fit_is_refused_in_words(admin1, town, values, field):
    if "route" in values:
        values = values | {"route": town.routes[values["route"]].pk}
    before = Post.objects.count()
    assert field in errors_of(give(admin1, user=town.people["nobody"], **values))
    assert Post.objects.count() == before


def test_a_retail_customer_is_given_the_shop_by_its_licence(admin1, town):
    person = town.people["nobody"]
    assert give(admin1, user=person, role="customer", licence="L5").status_code == 302
    assert Post.objects.get(user=person).customer == town.shops["L5"]


def test_the_same_post_twice_is_refused(admin1, town):
    wrong = errors_of(
        give(admin1, user=town.people["am01"], role="account_manager", route=town.routes["东一"])
    )
    assert "starts_on" in wrong


def test_a_substitute_has_the_same_scope_and_an_end(admin1, town):
    post = town.people["am01"].posts.get()
    values = {
        "user": town.people["am02"],
        "role": "account_manager",
        "route": town.routes["东一"],
        "substitute_for": post,
    }
    assert "ends_on" in errors_of(give(admin1, **values))
    end = str(TODAY() + timedelta(days=6))
    elsewhere = values | {"route": town.routes["西一"], "ends_on": end}
    assert "substitute_for" in errors_of(give(admin1, **elsewhere))
    assert give(admin1, **values, ends_on=end).status_code == 302
    stands_in = Post.objects.get(user=town.people["am02"], substitute_for=post)
    assert stands_in.period == DateRange(TODAY(), TODAY() + timedelta(days=7))


def test_a_post_ends_and_begins_elsewhere(admin1, town):
    post = town.people["am01"].posts.get()
    values = {
        "user": post.user_id,
        "role": post.role,
        "route": post.route_id,
        "starts_on": "2019-01-01",
        "ends_on": "2024-06-30",
    }
    assert admin1.post(address(Post, "change", post.pk), values).status_code == 302
    post.refresh_from_db()
    assert post.ends_on == date(2024, 6, 30)


def test_more_than_eight_to_lead_is_warned_of_and_not_forbidden(admin1, town):
    def one_more(number):
        person = User.objects.create_user(f"more{number}")
        return give(admin1, user=person, role="account_manager", route=town.routes["东一"])

    answers = [one_more(number) for number in range(7)]  # two are there
    assert all(answer.status_code == 302 for answer in answers)
    assert warnings_of(answers[5]) == []
    (warning,) = warnings_of(answers[6])
    assert "9" in warning
    assert "8" in warning


def test_who_is_switched_off_is_out_at_once(admin1, town):
    person = town.people["am01"]
    client = Client()
    client.force_login(person)
    assert client.get("/").status_code == 200
    values = {"username": "am01", "why": "离职"}  # the box is not ticked
    values |= {"posts-TOTAL_FORMS": "0", "posts-INITIAL_FORMS": "0"}
    answer = admin1.post(address(User, "change", person.pk), values)
    assert answer.status_code == 302, errors_of(answer)
    assert client.get("/").url.startswith("/accounts/login/")
    assert not person.sessions.exists()
    whys = set(Entry.objects.filter(subject="user am01").values_list("why", flat=True))
    assert whys == {"离职"}


def test_a_password_given_by_the_administrator_ends_the_old_logins(admin1, town):
    person = town.people["am01"]
    client = Client()
    client.force_login(person)
    path = f"/admin/accounts/user/{person.pk}/password/"
    new = "ganz-neu-und-lang-7"
    values = {"usable_password": "true", "password1": new, "password2": new}
    assert admin1.post(path, values).status_code == 302
    assert client.get("/").status_code == 302
    assert (
        Client().post("/accounts/login/", {"username": "am01", "password": new}).status_code == 302
    )
    entry = Entry.objects.get(subject="user am01")
    assert (entry.actor, entry.action) == ("admin1", "password changed")
    assert new not in str(entry.details)


def test_a_locked_login_is_unlocked_by_the_administrator(admin1, town):
    client = Client()
    for _ in range(5):
        client.post("/accounts/login/", {"username": "am01", "password": "wrong"})
    right = {"username": "am01", "password": PASSWORD}
    assert client.post("/accounts/login/", right).status_code == 429
    chosen = {"action": "unlock", "_selected_action": [town.people["am01"].pk], "why": "本人来电"}
    assert admin1.post(address(User, "changelist"), chosen).status_code == 302
    assert client.post("/accounts/login/", right).status_code == 302
    entry = Entry.objects.get(action="login unlocked")
    assert (entry.actor, entry.subject, entry.why) == ("admin1", "user am01", "本人来电")


def test_a_second_factor_is_not_taken_away_without_a_reason(admin1, town):
    from marketing_ops.accounts import second_factor

    person = town.people["market1"]
    device = second_factor.begin(person)
    device.confirmed = True
    device.save()
    chosen = {"action": "take_second_factor", "_selected_action": [person.pk]}
    admin1.post(address(User, "changelist"), chosen)
    assert second_factor.device_of(person)
    admin1.post(address(User, "changelist"), chosen | {"why": "手机丢失，当面核实"})
    assert not second_factor.device_of(person)
    assert Entry.objects.get(action="second factor taken away").why == "手机丢失，当面核实"


def test_nobody_is_deleted(admin1, town):
    person = town.people["nobody"]
    assert admin1.post(address(User, "delete", person.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=person.pk).exists()


def test_the_page_of_a_person_shows_posts_and_what_was_done(admin1, town):
    give(admin1, user=town.people["nobody"], role="inspector", why="调岗")
    person = town.people["nobody"]
    page = admin1.get(address(User, "change", person.pk)).content.decode()
    assert f"/admin/customers/post/{person.posts.get().pk}/change/" in page
    history = admin1.get(address(User, "history", person.pk)).content.decode()
    assert "调岗" in history
    assert "admin1" in history
