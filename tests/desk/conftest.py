"""A desk to hand files in at: pages in English unless a test asks otherwise, workers by hand."""

import io

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.utils import translation

from marketing_ops.desk import tasks
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Upload
from tests.imports import files
from tests.pages.conftest import catalogue, compiled  # noqa: F401 (fixtures)


@pytest.fixture(autouse=True)
def english(compiled):  # noqa: F811
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def empty_var(tmp_path, settings):
    """No test finds the files of another."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def queue(monkeypatch):
    """What was handed to the workers, in order; `queue.up = False` is a broker that is away."""

    class Queue(list):
        up = True

        def work(self):
            while self:
                task, arguments = self.pop(0)
                task(*arguments)

    queue = Queue()
    monkeypatch.setattr(tasks.broker, "answers", lambda: queue.up)
    for task in (tasks.import_upload, tasks.night_again):
        monkeypatch.setattr(
            task, "apply_async", lambda arguments, task=task, **_o: queue.append((task, arguments))
        )
    return queue


@pytest.fixture
def desk(town, queue):
    return Desk(town, queue)


class Desk:
    """People at their browsers: `desk.get("admin1", "/imports/")`, `desk.send(b"…")`."""

    def __init__(self, town, queue):
        self.town, self.queue, self._clients = town, queue, {}

    def client(self, person) -> Client:
        if person not in self._clients:
            client = self._clients[person] = Client()
            if person:
                client.force_login(self.town.people[person])
            client.cookies[site_settings.LANGUAGE_COOKIE_NAME] = "en"
        return self._clients[person]

    def get(self, person, path, **questions):
        return self.client(person).get(path, questions)

    def post(self, person, path, data=None, **options):
        return self.client(person).post(path, data or {}, **options)

    def send(self, content, *, name="file.csv", kind="customers", person="admin1", **options):
        """Hand a file in. `content`: bytes, an open file, or the lines of a CSV."""
        if isinstance(content, (list, tuple)):
            content = files.text(*content).encode()
        if isinstance(content, bytes):
            content = io.BytesIO(content)
        content.name = name
        fields = {"kind": kind, "file": content, "end": "1"}
        headers = options.pop("headers", None)
        return self.client(person).post("/imports/new/", {**fields, **options}, headers=headers)

    def imported(self, content, **options) -> Upload:
        """Hand a file in and let the workers do their work."""
        answer = self.send(content, **options)
        assert answer.status_code == 302, answer.content.decode()
        self.queue.work()
        return Upload.objects.get(pk=answer.url.split("/")[2])


def incoming() -> list:
    """Files that lie about without belonging to an upload."""
    return list(uploads.folder("incoming").iterdir())


def problems_of(upload) -> list[tuple[int, str, str]]:
    return list(upload.problems.values_list("line", "column", "value"))
