"""Rules of the visits, time windows and the bag in the admin."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from customers.visits.models import BagItem, VisitRuleSet, VisitWindow
from marketing_ops.audit.models import Entry


@pytest.fixture
def admin1(town, clock):
    client = Client()
    client.force_login(town.people["admin1"])
    return client


def add(client, model, **values):
    return client.post(reverse(f"admin:visits_{model}_add"), values)


def test_rules_change_by_a_further_version_and_mistakes_are_named(admin1):
    page = admin1.get(reverse("admin:visits_visitruleset_add")).content.decode()
    assert "大" in page
    body = VisitRuleSet.objects.get().body
    body["standard"]["town"] = 0
    told = {"starts_on": "2024-07-01", "why": "试点"}
    wrong = add(admin1, "visitruleset", body=json.dumps(body), **told)
    assert "standard.town is 0" in wrong.content.decode()
    body["standard"]["town"], body["frequency"]["scale"]["巨"] = 28, 9
    assert "巨" in add(admin1, "visitruleset", body=json.dumps(body), **told).content.decode()
    del body["frequency"]["scale"]["巨"]
    assert add(admin1, "visitruleset", body=json.dumps(body), **told).status_code == 302
    last = VisitRuleSet.objects.get(version=2)
    assert (last.rules.standard.town, last.by) == (28, "admin1")
    assert Entry.objects.get(action="visit rules published").why == "试点"
    page = admin1.get(reverse("admin:visits_visitruleset_change", args=[last.pk]))
    assert page.status_code == 200
    assert admin1.post(page.request["PATH_INFO"], {"why": "x"}).status_code == 403


def test_a_window_names_its_shop_by_the_licence(admin1, town):
    told = {"opens": "10:00", "closes": "11:30", "starts_on": "2024-07-01"}
    assert "L9" in add(admin1, "visitwindow", licence="L9", **told).content.decode()
    assert add(admin1, "visitwindow", licence="L1", **told).status_code == 302
    assert VisitWindow.objects.get().customer == town.shops["L1"]
    assert admin1.get(reverse("admin:visits_visitwindow_changelist")).status_code == 200


def test_an_item_of_the_bag_has_its_days(admin1):
    told = {"words": "分配表", "kind": "material", "place": 10, "starts_on": "2024-07-01"}
    assert add(admin1, "bagitem", **told, ends_on="2024-07-31").status_code == 302
    assert BagItem.objects.get().ends_on.isoformat() == "2024-07-31"
