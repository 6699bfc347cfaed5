"""The API is as it describes itself: tried at random, no error of ours and no other answer."""

import os
import warnings
from collections import Counter
from importlib import import_module

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketing_ops import api_urls
from tests.api.conftest import program

# More is asked by hand: API_EXAMPLES=200 pytest tests/api/test_schema.py
EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))
KNOWN = {
    "licence_no": ["L1", "L5", "L6"],
    "barcode": ["6902", "6903", "6901"],
    "number": [1, 2],
    "as_of": ["2024-06-25"],
    "from": ["2024-06-01"],
    "department": [1, 2],
    "manager": [1, 2],
}


def test_the_description_is_valid_and_complete(town):
    api_urls.description.cache_clear()
    with GENERATOR_STATS.silence():
        said = api_urls.description()
    validate_schema(said)
    assert list(GENERATOR_STATS._warn_cache) == []
    assert list(GENERATOR_STATS._error_cache) == []
    paths = {path.replace("{id}", "{number}") for path in said["paths"]}
    assert len(paths) == len(api_urls.urlpatterns) - 1  # but for what is no address


def test_the_description_needs_no_login_and_comes_as_json_or_yaml(town):
    client = program(None)
    for accept in ("*/*", "application/json"):
        answer = client.get(reverse("api-schema"), headers={"accept": accept})
        assert answer.json()["openapi"].startswith("3.")
    yaml = client.get(reverse("api-schema"), headers={"accept": "application/yaml"})
    assert yaml.content.startswith(b"openapi: 3.")
    again = client.get(reverse("api-schema"), headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_the_description_says_every_filter_and_every_error(town):
    paths = program(None).get(reverse("api-schema")).json()["paths"]
    figures = paths["/api/figures/"]["get"]
    names = {parameter["name"] for parameter in figures["parameters"]}
    assert {"department", "manager", "format", "area", "scale", "segment"} <= names
    assert {"price_class", "brand", "product", "as_of", "cursor", "page_size"} <= names
    assert set(figures["responses"]) == {"200", "304", "400", "401", "403", "404"}
    assert set(paths["/api/auth/token/"]["post"]["responses"]) == {"200", "400", "415", "429"}


@pytest.fixture(scope="module")
def site():
    """The site as a server calls it, but that it keeps the transaction of the tests open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)
        yield get_wsgi_application()


@pytest.fixture(scope="module")
def operations(site):
    schemathesis = import_module("schemathesis")  # takes a second, which only this test needs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_wsgi(reverse("api-schema"), site)
    found = [one.ok() for one in schema.get_all_operations()]
    # What ends a token comes last: it may be the one that is asked with.
    return sorted(found, key=lambda operation: operation.method.upper() == "DELETE")


@pytest.mark.parametrize("person", ["district1", "am01"])
def test_nothing_that_is_asked_breaks_it_or_what_it_says_of_itself(town, operations, person):
    checks = import_module("schemathesis.checks")
    openapi_checks = import_module("schemathesis.specs.openapi.checks")
    checked = [
        checks.not_a_server_error,
        openapi_checks.status_code_conformance,
        openapi_checks.content_type_conformance,
        openapi_checks.response_headers_conformance,
        openapi_checks.response_schema_conformance,
    ]
    told = program(person)._credentials["HTTP_AUTHORIZATION"]
    answers = Counter()
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), data=st.data())
        def ask(case, data):
            # Too many questions at once find nothing, and random names nobody.
            for name in list(case.query or {}):
                if data.draw(st.integers(0, 3)):
                    del case.query[name]
            for values in (case.path_parameters, case.query):
                for name in values or {}:
                    if name in KNOWN and data.draw(st.booleans()):
                        values[name] = data.draw(st.sampled_from(KNOWN[name]))
            answer = case.call(headers={"Authorization": told})
            case.validate_response(answer, checks=checked)
            answers[answer.status_code] += 1

        ask()
    assert answers[200] > len(operations), f"mostly refusals: {answers}"
