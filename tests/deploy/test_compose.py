"""docker-compose.yml and Dockerfile keep to the compose specification and to our own rules."""

import re
import sys

import pytest
import yaml

from marketing_ops.embedded import site
from marketing_ops.embedded.client import PROJECT

compose_spec = pytest.importorskip("compose_spec")

TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
ONE_SHOT = {"migrate"}
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "VALKEY_PASSWORD")

each_service = pytest.mark.parametrize("name", SERVICES)


def test_it_keeps_to_the_compose_specification():
    # With its merges resolved, as compose itself reads it.
    read = compose_spec.PyCompose.from_yaml(yaml.safe_dump(COMPOSE))
    read.to_spec()
    assert set(read.service_names()) == {
        *("db", "broker", "migrate", "web", "worker", "beat", "front"),
    }


def test_a_misspelt_key_would_have_been_noticed():
    wrong = yaml.safe_dump({"services": {"web": {"image": "x", "helthcheck": {}}}})
    with pytest.raises(ValueError, match="helthcheck"):
        compose_spec.PyCompose.from_yaml(wrong)


@each_service
def test_a_service_has_a_health_check_or_runs_once(name):
    assert ("healthcheck" in SERVICES[name]) != (name in ONE_SHOT)


@each_service
def test_a_service_is_not_root_and_can_become_nothing_more(name):
    service = SERVICES[name]
    if "build" in service:
        stage = DOCKERFILE.split(f" AS {service['build']['target']}\n")[1].split("\nFROM ")[0]
        user = re.findall(r"^USER (.+)$", stage, re.MULTILINE)[-1]
    else:
        user = service["user"]
    assert user not in {"root", "0"}
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]


@each_service
def test_a_service_has_a_limit_of_memory(name):
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])


def test_together_they_fit_a_server_of_8_gb():
    unit = {"m": 1, "g": 1024}
    limits = [service["mem_limit"] for name, service in SERVICES.items() if name not in ONE_SHOT]
    assert sum(int(limit[:-1]) * unit[limit[-1]] for limit in limits) < 7.5 * 1024


def test_only_the_tls_front_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["front"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert "front" not in SERVICES["db"]["networks"] + SERVICES["broker"]["networks"]


def test_nothing_starts_before_the_database_is_up_to_date():
    for name in ("web", "worker", "beat"):
        waits_for = SERVICES[name]["depends_on"]["migrate"]["condition"]
        assert waits_for == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_every_volume_is_declared_and_used():
    used = {
        mount.split(":")[0]
        for service in SERVICES.values()
        for mount in service.get("volumes", [])
        if not mount.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_secrets_come_from_the_environment_and_have_no_default():
    for secret in SECRETS:
        uses = re.findall(rf"\$\{{{secret}([^}}]*)}}", TEXT)
        assert uses and all(use.startswith(":?") for use in uses), secret


def test_every_variable_stands_in_the_example_and_in_the_readme():
    variables = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    example = set(re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert variables == example
    readme = (PROJECT / "README.md").read_text()
    assert [name for name in sorted(variables) if f"`{name}`" not in readme] == []


def test_the_demo_runs_the_very_commands_of_production():
    def ours(command):
        return ["python" if word == sys.executable else word for word in command]

    assert SERVICES["web"]["command"] == ours(site.web_command("0.0.0.0", 8000, 2))
    assert SERVICES["worker"]["command"] == ours(site.worker_command(2))
    assert SERVICES["beat"]["command"] == ours(site.beat_command())
