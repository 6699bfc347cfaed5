"""An administrator at work in the admin; who must not be there is in test_who.py."""

import pytest
from django.test import Client
from django.urls import reverse


@pytest.fixture
def as_(town):
    """`as_("am01")`: a browser in which that person is logged in, by password alone."""

    def as_(name):
        client = Client()
        client.force_login(town.people[name])
        return client

    return as_


@pytest.fixture
def admin1(as_):
    return as_("admin1")


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def errors_of(response):
    """What the form of an admin page says is wrong, by field; None where there was no form."""
    form = response.context and response.context.get("adminform")
    return {name: list(words) for name, words in form.form.errors.items()} if form else None
