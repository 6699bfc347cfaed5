"""What every answer tells the browser: nothing inline, nothing from elsewhere, no frames."""

import re

import pytest
from django.test import Client

from tests.accounts.conftest import log_in

PAGES = (
    "/accounts/login/", "/accounts/security/", "/accounts/password/", "/accounts/second-factor/",
    "/", "/shops/L1/", "/nothing-here/", "/healthz", "/admin/", "/admin/customers/post/",
)  # fmt: skip


def policy(response) -> dict[str, list[str]]:
    header = response.headers["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in header.split(";"))}


@pytest.fixture
def admin1(town):
    client = Client()
    log_in(client, "admin1")
    return client


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers(admin1, path):
    answer = admin1.get(path)
    said = policy(answer)
    assert said["default-src"] == ["'self'"]
    assert said["script-src"] == ["'self'"]
    assert said["object-src"] == said["base-uri"] == said["frame-ancestors"] == ["'none'"]
    assert said["form-action"] == ["'self'"]
    inline = [name for name, values in said.items() if "'unsafe-inline'" in values]
    assert inline == (["style-src"] if path.startswith("/admin/") else [])
    assert "'unsafe-eval'" not in answer.headers["Content-Security-Policy"]
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "microphone=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert re.search("private|no-store", answer.headers["Cache-Control"])


def test_our_pages_hold_nothing_that_the_policy_forbids(admin1):
    """No inline script (data is not a script), no handler, no style in a page of ours."""
    for path in PAGES:
        if path.startswith("/admin/"):
            continue
        page = admin1.get(path).content.decode()
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
        assert all("application/json" in attributes for attributes in scripts), path
        assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", page), path


def test_the_admins_pages_hold_no_inline_script(admin1, town):
    for path in (
        "/admin/", "/admin/customers/post/", "/admin/customers/post/add/",
        f"/admin/accounts/user/{town.people['am01'].pk}/change/", "/admin/audit/entry/",
        "/admin/brands/productproperties/add/", "/admin/customers/workday/",
    ):  # fmt: skip
        page = admin1.get(path).content.decode()
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
        assert all("application/json" in attributes for attributes in scripts), path
        assert not re.search(r"\son[a-z]+=\"|javascript:", page), path


@pytest.mark.parametrize(
    "address", ["/shops/%00/", "/shops/L1%00/export.csv", "/api/shops/%00/", "/%00", "/admin/%00/"]
)
def test_an_address_with_a_nul_is_not_there(address, client, town):
    client.force_login(town.people["am01"])
    assert client.get(address).status_code == 404
