"""The embedded servers live as long as somebody uses them, whatever is killed meanwhile."""

import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest
import redis

from marketing_ops.embedded import places
from marketing_ops.embedded.client import PROJECT, Services
from marketing_ops.embedded.errors import CannotStart
from tests.embedded.helpers import (
    broker,
    holder,
    nobody_is_left,
    postmaster,
    query,
    until,
)


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


def postgres_only(var):
    return Services(var, {"REDIS_URL": "redis://elsewhere"}, careless=True)


def valkey_only(var):
    return Services(var, {"DATABASE_URL": "postgres://elsewhere"})


def in_a_process(var, code, **arguments):
    """Another user of the services: prints "up" and runs `code`, with `services` at hand."""
    program = (
        "from marketing_ops.embedded.client import Services; from pathlib import Path\n"
        f"with Services(Path({str(var)!r}), {{'REDIS_URL': 'x'}}, careless=True) as services:\n"
        f"    print('up', flush=True); {code}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **arguments,
    )


def test_a_killed_postgres_comes_back_with_its_rows_at_the_same_address(var):
    with postgres_only(var) as services:
        url = services.environment["DATABASE_URL"]
        query(url, "create table kept as select 42 as answer")
        os.kill(postmaster(var), signal.SIGKILL)
        assert until(lambda: query(url, "select answer from kept"), "the rows") == [(42,)]
    assert nobody_is_left(var)


def test_a_killed_broker_comes_back_with_its_queue_at_the_same_address(var):
    with valkey_only(var) as services:
        url = services.environment["REDIS_URL"]
        broker(url).rpush("queue", "task")
        server = broker(url).info("server")["process_id"]
        # What was written in the last second may be lost, and is asked for again by the night.
        until(lambda: broker(url).info("persistence")["aof_pending_bio_fsync"] == 0, "the disk")
        os.kill(server, signal.SIGKILL)

        def queue():
            try:
                return broker(url).lrange("queue", 0, -1)
            except redis.ConnectionError:
                return None

        assert until(queue, "the queue") == [b"task"]
    assert nobody_is_left(var)


def test_two_users_share_one_server_and_the_last_one_out_stops_it(var):
    with postgres_only(var) as first:
        with postgres_only(var) as second:
            assert second.environment == first.environment
            server = postmaster(var)
        assert postmaster(var) == server
        assert query(first.environment["DATABASE_URL"], "select 1") == [(1,)]
    assert nobody_is_left(var)


def test_a_killed_user_leaves_no_process_behind(var):
    user = in_a_process(var, "input()")
    assert user.stdout.readline() == "up\n"
    user.kill()
    user.communicate()
    until(lambda: nobody_is_left(var), "the servers to stop")


def test_a_killed_user_does_not_disturb_the_other(var):
    starter = in_a_process(var, "input()")
    assert starter.stdout.readline() == "up\n"
    with postgres_only(var) as other:
        starter.kill()
        starter.communicate()
        assert query(other.environment["DATABASE_URL"], "select 1") == [(1,)]
        assert not nobody_is_left(var)
    assert nobody_is_left(var)


def test_a_killed_keeper_takes_its_servers_along_and_the_user_can_have_them_back(var):
    with postgres_only(var) as services:
        url = services.environment["DATABASE_URL"]
        query(url, "create table kept as select 42 as answer")
        old = postmaster(var)
        os.kill(holder(var / "embedded" / "keeper.lock"), signal.SIGKILL)
        [connection] = services.files()
        assert connection.recv(1) == b""
        services.open()
        assert services.environment["DATABASE_URL"] == url
        assert postmaster(var) != old
        assert query(url, "select answer from kept") == [(42,)]
    assert nobody_is_left(var)


def test_a_port_taken_by_another_program_is_passed_over(var):
    first = next(places.free_ports(28000))
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        folder = places.folder(var)
        places.remember_port(folder / "valkey.port", first)
        with valkey_only(var) as services:
            url = services.environment["REDIS_URL"]
            assert broker(url).ping()
            assert first < int(url.rpartition(":")[2].partition("/")[0]) <= places.LAST_PORT


def test_a_process_number_that_another_program_has_now_is_no_hindrance(var):
    with postgres_only(var) as services:
        query(services.environment["DATABASE_URL"], "create table kept as select 42 as answer")
    stale = var / "embedded" / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n25432\n\n127.0.0.1\n1 1\nready   \n")
    with postgres_only(var) as services:
        assert query(services.environment["DATABASE_URL"], "select answer from kept") == [(42,)]


def test_a_half_made_database_is_made_anew(var):
    half = places.folder(var) / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with postgres_only(var) as services:
        assert query(services.environment["DATABASE_URL"], "select 1") == [(1,)]
    assert not half.exists()


def test_data_of_another_postgres_is_not_touched_and_the_way_out_is_said(var):
    with postgres_only(var):
        pass
    version = var / "embedded" / "postgres" / "data" / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(CannotStart, match="made by PostgreSQL 12"), postgres_only(var):
        pass
    assert version.exists()
    assert nobody_is_left(var)


def test_a_broker_whose_files_are_broken_is_put_aside_and_begins_anew(var):
    with valkey_only(var):
        pass
    broken = var / "embedded" / "valkey" / "appendonlydir"
    shutil.rmtree(broken)
    broken.write_text("a file where a folder should be")
    with valkey_only(var) as services:  # put aside, and said in the keeper's log
        assert broker(services.environment["REDIS_URL"]).ping()
    assert "put aside" in (var / "embedded" / "keeper.log").read_text()


def test_servers_named_in_the_environment_are_used_and_none_is_started(var):
    named = {"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://broker/0"}
    with Services(var, named) as services:
        assert services.environment == {}
        assert services.files() == []
    assert not (var / "embedded").exists()


def test_a_password_guards_both_servers(var):
    with Services(var, {}, careless=True) as services:
        database = services.environment["DATABASE_URL"].replace(
            "://marketing_ops:", "://marketing_ops:x"
        )
        assert query(database, "select 1") is None
        host = services.environment["REDIS_URL"].rpartition("@")[2]
        with pytest.raises(redis.AuthenticationError):
            broker(f"redis://{host}").ping()
        assert (var / "embedded" / "password").stat().st_mode & 0o077 == 0
