"""Phones for the benchmarks of the visits: account managers with a route each, a session as a
browser has it, and the connections that lead to the site."""

import http.client
import json
import os
import queue
import secrets
import struct
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

import numpy as np
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from benchmarks import district
from benchmarks.master import write_shops
from customers.models import Licence, Post
from marketing_ops.accounts.models import User

DATABASE = "benchmark_visits"
SHOPS = 30  # on the route of each
HOST = "127.0.0.1"


@dataclass
class Phone:
    """Whose it is, the licence numbers of the shops, and what it sends with every request."""

    username: str
    shops: list[str]
    headers: dict[str, str]


def prepare(count: int) -> list[Phone]:
    """An empty database with so many account managers in it, and their phones."""
    district.create(DATABASE, "template0")
    district.connect(DATABASE)
    call_command("migrate", verbosity=0)
    write_shops(count * SHOPS, [], np.random.default_rng(7), on_a_route=SHOPS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    numbers = dict(Licence.objects.values_list("customer_id", "number"))
    shops: dict[int, list[str]] = {}
    routes = dict(Post.objects.values_list("route_id", "user_id"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, route_id FROM customers_routeassignment ORDER BY 1")
        for customer, route in cursor.fetchall():
            shops.setdefault(routes[route], []).append(numbers[customer])
    people = User.objects.filter(pk__in=shops).order_by("pk")
    return [Phone(user.username, shops[user.pk], _headers(user)) for user in people]


def _headers(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    csrf = secrets.token_hex(16)
    return {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "Referer": f"https://{HOST}/visits/",
        "Cookie": f"sessionid={session}; csrftoken={csrf}",
        "X-CSRFToken": csrf,
    }


def body(phone: Phone, number: int, photos: list[str], day: date) -> dict:
    """A usual visit: the phone's how-manieth of the day, all seven items looked at."""
    begun = datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())
    begun += timedelta(hours=9, minutes=30 + 10 * (number % 30))
    return {
        "id": str(uuid4()),
        "licence_no": phone.shops[number % len(phone.shops)],
        "started_at": begun.isoformat(),
        "ended_at": (begun + timedelta(minutes=9)).isoformat(),
        "kind": "on_site",
        "made_by": phone.username,
        "client": "benchmark",
        "check_in": {"latitude": 30.94, "longitude": 118.42, "accuracy": 20},
        "check_out": {"missing": "timeout"},
        "steps": {
            "greeting": {"trend": "level", "note": "周末销量有所回升"},
            "display": {"whole_cartons": "yes", "tidy": "yes", "photos": photos[:1]},
            "price_tags": {"complete": "yes", "match": "no", "photos": photos[1:]},
            "introduced": {"topics": ["policy", "new_brands"]},
            "market": {
                "demand": "婚宴用烟需求增加",
                "opinions": [{"staff": "delivery", "opinion": "satisfied"}],
            },
            "questions": {"asked": [{"text": "何时到货？", "about": "delivery"}]},
            "promises": {"made": [{"text": "下次带价签", "due_on": str(day)}]},
            "closing": {"handbook": True, "effect": "陈列已整理"},
        },
        "photos": photos,
    }


class Front:
    """Connections to the site that all phones share, as those of the server in front of it are."""

    def __init__(self, port: int, count: int = 64):
        self._free = queue.LifoQueue()
        for _one in range(count):
            self._free.put(http.client.HTTPConnection(HOST, port, timeout=60))

    def send(self, method: str, path: str, data: bytes, headers: dict) -> tuple[int, bytes]:
        """Status and answer. Raises OSError or HTTPException; the next one begins afresh."""
        link = self._free.get()
        try:
            for again in (False, True):
                try:
                    link.request(method, path, data, headers)
                    answer = link.getresponse()
                    return answer.status, answer.read()
                except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
                    # Closed by the site while nobody used it: as browsers do, once more.
                    link.close()
                    if again:
                        raise
        except (OSError, http.client.HTTPException):
            link.close()
            raise
        finally:
            self._free.put(link)

    def send_and_hang_up(self, method: str, path: str, data: bytes, headers: dict) -> None:
        """The request goes out; whatever is answered is lost."""
        link = self._free.get()
        link.close()
        link.request(method, path, data, headers)
        link.close()
        self._free.put(link)


class Line:
    """How a phone reaches the site."""

    def __init__(self, phone: Phone, front: Front):
        self._phone, self._front = phone, front

    def post(self, visit: dict) -> tuple[int, dict]:
        status, answer = self._front.send("POST", "/api/visits/", *self._visit(visit))
        return status, json.loads(answer or b"null")

    def post_and_hang_up(self, visit: dict) -> None:
        self._front.send_and_hang_up("POST", "/api/visits/", *self._visit(visit))

    def put(self, visit: str, sha256: str, photo: bytes) -> int:
        path = f"/api/visits/{visit}/photos/{sha256}/"
        said = self._phone.headers | {"Content-Type": "image/jpeg"}
        return self._front.send("PUT", path, photo, said)[0]

    def get(self, path: str) -> int:
        return self._front.send("GET", path, b"", self._phone.headers)[0]

    def _visit(self, visit: dict) -> tuple[bytes, dict]:
        said = {"Content-Type": "application/json", "X-Sent-At": timezone.now().isoformat()}
        return json.dumps(visit).encode(), self._phone.headers | said


def photo(size: int) -> bytes:
    """So many bytes that begin as a JPEG does; another one each time."""
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 960, 1280)
    return b"\xff\xd8" + frame + os.urandom(size - len(frame) - 2)
