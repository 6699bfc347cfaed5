"""What the phone sends of the steps that belong to customers.visits itself. Nothing must be there:
what was not looked at is not sent."""

from django.db import models
from rest_framework import serializers

from customers.visits.models import ConfidentialReport, Question

MOST_TEXT = 4000
MOST_LINES = 500
SHA256 = r"^[0-9a-f]{64}$"
BARCODE = {"max_length": 20}


class YesNoNa(models.TextChoices):
    YES = "yes"
    NO = "no"
    NA = "na"


def free_text(help_text: str = "", **options) -> serializers.CharField:
    options = {"required": False, "allow_blank": True, "max_length": MOST_TEXT, **options}
    return serializers.CharField(help_text=help_text, **options)


def choice(choices, help_text: str = "", **options) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices, required=False, help_text=help_text, **options)


def yes_no_na(help_text: str) -> serializers.ChoiceField:
    return choice(YesNoNa.choices, help_text)


def photo_hashes() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.RegexField(SHA256),
        required=False,
        max_length=30,
        help_text="The SHA-256 of each photo of this step, in hex; the files go separately.",
    )


def barcodes(help_text: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(**BARCODE),
        required=False,
        max_length=MOST_LINES,
        help_text=help_text,
    )


class GreetingAnswer(serializers.Serializer):
    """Greeted; recent sales and their trend."""

    trend = choice(["up", "level", "down"], "How sales have gone lately.")
    note = free_text()


class DisplayAnswer(serializers.Serializer):
    """How the goods are shown."""

    whole_cartons = yes_no_na("Whole cartons are on display (整条展示).")
    zero_boxes = yes_no_na("Empty boxes stand for what is out of stock (零盒摆放).")
    opened_for_packs = yes_no_na("Cartons are opened for single packs (拆零上柜).")
    tidy = yes_no_na("The display is tidy.")
    note = free_text()
    photos = photo_hashes()


class PriceTagsAnswer(serializers.Serializer):
    complete = yes_no_na("Every product has its tag.")
    match = yes_no_na("The tags stand by their goods (货签对位).")
    missing = barcodes("Products without a tag, by the barcode of the pack.")
    photos = photo_hashes()


class IllegalAnswer(serializers.Serializer):
    """Illegal cigarettes. Goes to the confidential channel and is shown in no visit."""

    found = serializers.BooleanField(required=False)
    kind = choice(ConfidentialReport.Kind.choices)
    note = free_text()
    photos = photo_hashes()


class IntroducedProduct(serializers.Serializer):
    barcode = serializers.CharField(**BARCODE)
    reaction = choice(["interested", "will_order", "refused", "none"])


class IntroducedAnswer(serializers.Serializer):
    """What was introduced, and what the shopkeeper said to it."""

    topics = serializers.ListField(
        child=serializers.ChoiceField(
            ["policy", "brand_changes", "supply", "new_brands", "skills"]
        ),
        required=False,
        max_length=20,
    )
    products = IntroducedProduct(many=True, required=False, max_length=MOST_LINES)


class TidiedAnswer(serializers.Serializer):
    """What the account manager put in order."""

    counter = serializers.BooleanField(required=False)
    display = serializers.BooleanField(required=False)
    price_tags = serializers.BooleanField(required=False)
    photos = photo_hashes()


class MarketPrice(serializers.Serializer):
    barcode = serializers.CharField(**BARCODE)
    unit = serializers.ChoiceField(["pack", "carton"])
    price = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=0, help_text="Yuan, as text: “12.50”."
    )


class StaffOpinion(serializers.Serializer):
    staff = serializers.ChoiceField(["telephone", "delivery", "supervision", "inspection"])
    opinion = serializers.ChoiceField(["satisfied", "neutral", "dissatisfied"])
    note = free_text()


class MarketAnswer(serializers.Serializer):
    """What was learnt of the market, and what is thought of the staff."""

    demand = free_text("Market demand.")
    reactions = free_text("What is said of brands.")
    banquets = free_text("Banquets and group purchases.")
    neighbourhood = free_text("What changes around the shop.")
    customer_changes = free_text("What changes at the shop itself.")
    prices = MarketPrice(many=True, required=False, max_length=MOST_LINES)
    opinions = StaffOpinion(many=True, required=False, max_length=20)


class AskedQuestion(serializers.Serializer):
    text = serializers.CharField(max_length=MOST_TEXT)
    about = choice(Question.About.choices)
    answered = serializers.BooleanField(required=False, help_text="Answered on the spot.")
    answer = free_text()
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="When the answer is due, where it is passed on."
    )


class QuestionsAnswer(serializers.Serializer):
    asked = AskedQuestion(many=True, required=False, max_length=50)
    explained = free_text("What was explained without being asked.")


class MadePromise(serializers.Serializer):
    text = serializers.CharField(max_length=MOST_TEXT)
    due_on = serializers.DateField(required=False, allow_null=True)


class PromisesAnswer(serializers.Serializer):
    made = MadePromise(many=True, required=False, max_length=50)
    kept = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        max_length=200,
        help_text="Promises of the bundle that are kept now, by their id.",
    )


class ClosingAnswer(serializers.Serializer):
    handbook = serializers.BooleanField(
        required=False, help_text="The service handbook is filled in."
    )
    effect = free_text("What the visit brought about.")
    suggestions = free_text("Suggestions and complaints of the shopkeeper.")
    care = free_text("Care that this single customer needs.")
