"""Settings come from the environment, and production is the default."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

# What the browser tests set for themselves.
_OF_BROWSERS = {"DJANGO_ALLOW_ASYNC_UNSAFE"}


def django(*arguments, **environment):
    bare = {
        name: value
        for name, value in os.environ.items()
        if name
        not in {"DEBUG", "DEMO", "SECRET_KEY", "ALLOWED_HOSTS", "PYTEST_VERSION", *_OF_BROWSERS}
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**bare, **environment},
        capture_output=True,
        text=True,
    )


PRODUCTION = {
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghijABCDEFGHIJ",
    "ALLOWED_HOSTS": "ops.example",
}


def test_the_deployment_check_has_nothing_to_say_about_production_settings():
    done = django("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_without_a_secret_key_nothing_starts_and_the_message_says_how_to_make_one():
    done = django("check")
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
    assert "token_urlsafe" in done.stderr


@pytest.mark.parametrize("flag", ["DEBUG", "DEMO"])
def test_only_demo_and_development_do_without_https(flag):
    show = "from django.conf import settings as s; print(s.SECURE_SSL_REDIRECT, s.DEBUG)"
    assert django("shell", "-v0", "-c", show, **PRODUCTION).stdout.split() == ["True", "False"]
    assert django("shell", "-v0", "-c", show, **{flag: "1"}).stdout.split()[0] == "False"


def test_a_log_line_is_one_json_object_whoever_wrote_it():
    say = (
        "import logging, structlog; structlog.get_logger('ours').info('数', packs=3);"
        " logging.getLogger('celery').warning('theirs %s', 1)"
    )
    done = django("shell", "-v0", "-c", say, **PRODUCTION)
    ours, theirs = (json.loads(line) for line in done.stderr.splitlines())
    assert (ours["event"], ours["packs"], ours["level"], ours["logger"]) == (
        "数",
        3,
        "info",
        "ours",
    )
    assert (theirs["event"], theirs["level"]) == ("theirs 1", "warning")


@pytest.mark.parametrize(
    ("environment", "cure"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"NIGHT_HOUR": "two"}, "NIGHT_HOUR is “two”: give a whole number from 0 to 23."),
        ({"DATABASE_URL": "psql:hunter2"}, "DATABASE_URL is no URL of a database"),
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x"}, "did not answer"),
    ],
)
def test_what_the_environment_lacks_is_said_in_words_and_not_by_a_traceback(environment, cure):
    done = django("migrate", **PRODUCTION | environment)
    assert done.returncode == 1
    assert cure in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
