"""Visits that are sent again and again, and at the same time: one row each, one receipt for all."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from customers.visits.models import Conflict, Photo, SetAside, Visit
from marketing_ops.accounts.models import User
from tests.visits.cast import VISITS, least, picture, program, put, sha

VISITS_MADE = 60


def at_once(deeds, threads=8):
    """The results of functions that are run by several threads, each with its own connection."""

    def run(deed):
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, deeds))


@pytest.fixture
def send(committed_town, clock, var):
    """Sends as am01; the person is read once, so that the threads only post."""
    person = User.objects.get(username="am01")

    def send(body):
        client = program(None)
        client.force_authenticate(person)
        answer = client.post(VISITS, body, format="json")
        return answer.status_code, answer.json()

    return send


def test_many_visits_posted_up_to_five_times_are_one_row_and_one_receipt_each(send):
    rng = random.Random(7)
    steps = {"promises": {"made": [{"text": "a"}]}, "illegal": {"found": True}}
    bodies = [least(steps=steps) for _visit in range(VISITS_MADE)]
    posts = [body for body in bodies for _time in range(rng.randint(1, 5))]
    rng.shuffle(posts)
    # A fifth stands next to its repeats, so that they meet.
    posts += [body for body in bodies[: VISITS_MADE // 5] for _time in range(4)]
    answers = at_once([partial(send, body) for body in posts])
    assert Counter(code for code, _said in answers) == {
        201: VISITS_MADE,
        200: len(posts) - VISITS_MADE,
    }
    receipts = {}
    for _code, said in answers:
        receipts.setdefault(said["id"], set()).add((said["receipt"], said["received_at"]))
    assert all(len(found) == 1 for found in receipts.values())
    assert Visit.objects.count() == VISITS_MADE
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT visit_id) FROM visits_promise")
        assert cursor.fetchone() == (VISITS_MADE, VISITS_MADE)


def test_of_two_bodies_at_the_same_time_one_is_the_visit_and_one_the_conflict(send):
    for _round in range(5):
        body = least()
        bodies = [body, {**body, "kind": "phone"}] * 3
        answers = at_once([partial(send, body) for body in bodies])
        codes = Counter(code for code, _said in answers)
        assert codes == {201: 1, 200: 2, 409: 3}
    assert Visit.objects.count() == Conflict.objects.count() == 5


def test_what_is_set_aside_at_the_same_time_is_kept_once(send):
    body = least(licence_no="X9")
    answers = at_once([partial(send, body)] * 8)
    assert {code for code, _said in answers} == {422}
    assert len({said["receipt"] for _code, said in answers}) == 1
    assert SetAside.objects.count() == 1


def test_a_photo_and_its_visit_may_come_at_the_same_time(send, committed_town):
    for number in range(5):
        photo = picture(number)
        body = least(photos=[sha(photo)])
        posts = [partial(send, body)] * 4
        puts = [partial(put, "am01", body["id"], photo)] * 4
        results = at_once([deed for pair in zip(posts, puts, strict=True) for deed in pair])
        assert Counter(answer.status_code for answer in results[1::2]) == {201: 1, 200: 3}
        assert send(body)[1]["photos"] == {"expected": 1, "received": 1, "missing": []}
    assert Photo.objects.count() == 5
