import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.test.utils import setup_databases, teardown_databases

from tests import town as town_module


def pytest_configure(config):
    # The strong hasher costs 0.3 s a password, and the town has ten people.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # script/test runs as the demo; a test that is about the demo says so.
    settings.DEMO = False
    # Caches of the site in use are not for tests to touch.
    settings.VAR_DIR = Path(tempfile.mkdtemp(prefix="marketing-ops-"))


def pytest_unconfigure(config):
    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment,
    django_db_blocker,
    django_db_keepdb,
    django_db_createdb,
    django_db_modify_db_settings,
):
    """The test database, for whoever asks.

    pytest-django makes one only where a test asks for `db`; with tests of `committed` alone it
    would let them empty the database that DATABASE_URL names.
    """
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0,
            interactive=False,
            aliases={DEFAULT_DB_ALIAS},
            serialized_aliases=set(),
            keepdb=django_db_keepdb and not django_db_createdb,
        )
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.fixture
def town(db):
    """The small town of tests/town.py, its master data written."""
    return town_module.build()


# What the migrations wrote and every test relies on.
_SEEDED = {"django_migrations", "django_content_type", "auth_permission", "inventory_source"}
_SEEDED |= {"quotas_ruleset", "visits_visitruleset"}
# Partitions: one table per result set, and in it one per shard.
_OF_ONE_NIGHT = r"^(indicators_figure|quotas_recommendation)_\d[0-9_]*$"


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Real commits, seen by other connections and processes; all is emptied afterwards.

    Unlike Django's own flush it leaves what the migrations wrote.
    """
    with django_db_blocker.unblock():
        yield
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                " AND relnamespace = 'public'::regnamespace"
            )
            names = {row[0] for row in cursor.fetchall()} - _SEEDED
            cursor.execute(f"TRUNCATE {', '.join(sorted(names))} RESTART IDENTITY CASCADE")
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relname ~ %s AND relkind IN ('r', 'p')",
                [_OF_ONE_NIGHT],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE IF EXISTS {name} CASCADE")
        connection.close()


@pytest.fixture
def committed_town(committed):
    """The small town, committed."""
    return town_module.build()
