"""Rules of the visits, time windows of shops and items of the bag, kept in the admin."""

import json

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.dated_admin import SHOP_SEARCH, DatedAdmin, DatedForm, LicenceField, ShopColumns
from customers.visits.models import BagItem, VisitRuleSet, VisitWindow
from customers.visits.rules.ruleset import RulesError
from customers.visits.services.rules import publish_rules, read_rules
from marketing_ops.audit.tracked import TrackedAdmin


class Indented(json.JSONEncoder):
    """Rules as one reads and edits them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "indent": 2, "ensure_ascii": False})


class RulesForm(forms.ModelForm):
    body = forms.JSONField(
        label=_("rules"),
        encoder=Indented,
        widget=forms.Textarea(attrs={"rows": 40, "cols": 60}),
        help_text=_("docs/algorithms/visit-plan.md says what every field means."),
    )

    class Meta:
        model = VisitRuleSet
        fields = ("starts_on", "body", "why")

    def clean_body(self):
        body = self.cleaned_data["body"]
        try:
            read_rules(body)
        except RulesError as wrong:
            raise forms.ValidationError(
                [f"{field} {text}" for field, text in wrong.problems.items()]
            ) from None
        return body


@admin.register(VisitRuleSet)
class VisitRuleSetAdmin(TrackedAdmin):
    """A change is a further version: the last one is offered to begin with."""

    form = RulesForm
    list_display = ("version", "starts_on", "at", "by", "why")
    fields = ("starts_on", "body", "why")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_changeform_initial_data(self, request):
        last = VisitRuleSet.objects.order_by("-version").first()
        return {"body": last.body if last else {}, **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        told = {name: form.cleaned_data[name] for name in ("body", "starts_on", "why")}
        made = publish_rules(**told, by=request.user.get_username())
        obj.pk, obj.version = made.pk, made.version

    def log_addition(self, request, obj, message):
        """The service has written the trail."""

    def history_of(self, obj):
        return [f"visit rules {obj.version}"]


@admin.register(BagItem)
class BagItemAdmin(DatedAdmin):
    list_display = ("words", "kind", "department", "place", "first_day", "last_day")
    list_select_related = ("department",)
    fields = ("words", "kind", "department", "place", "starts_on", "ends_on", "why")


class WindowForm(DatedForm):
    licence = LicenceField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            licence = self.instance.customer.licences.order_by("-period").first()
            self.initial.setdefault("licence", licence.number if licence else "")

    def _post_clean(self):
        shop = self.cleaned_data.get("licence")
        if shop is not None:
            self.instance.customer = shop
        super()._post_clean()


@admin.register(VisitWindow)
class VisitWindowAdmin(ShopColumns, DatedAdmin):
    form = WindowForm
    list_display = ("shop", "opens", "closes", "note", "first_day", "last_day")
    search_fields = SHOP_SEARCH
    fields = ("licence", "opens", "closes", "note", "starts_on", "ends_on", "why")

    def get_exclude(self, request, obj=None):
        return ("period", "customer")
