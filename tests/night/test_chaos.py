"""A short round of benchmarks/chaos.py: whoever is killed, nothing is lost or doubled."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

WAIT = 300
SMALL = ("--rounds=2", "--seed=926", "--shards=3", "--shops=4", "--products=6", "--days=30")


@pytest.mark.celery
def test_two_rounds_of_killing_lose_and_double_nothing():
    done = subprocess.run(
        [sys.executable, "benchmarks/chaos.py", "--careless", "--straight", *SMALL],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_VERSION"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WAIT,
    )
    assert done.returncode == 0, done.stdout
    assert "faults: 0" in done.stdout
