"""The steps that customers.visits owns itself. Apps above add theirs in files of their own."""

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.visits import answers
from customers.visits.models import Care, ConfidentialReport, Promise, Question, Visit
from customers.visits.steps import Bundle, Item, Step


def _of(visit: Visit) -> dict:
    return {
        "customer_id": visit.customer_id,
        "visit": visit,
        "by_id": visit.made_by_id,
        "day": visit.day,
    }


def record_report(visit: Visit, answer: dict) -> None:
    if not answer:
        return
    ConfidentialReport.objects.create(
        **_of(visit),
        found=answer.get("found", False),
        kind=answer.get("kind", ""),
        note=answer.get("note", ""),
        photos=answer.get("photos", []),
    )


def record_questions(visit: Visit, answer: dict) -> None:
    Question.objects.bulk_create(
        Question(
            **_of(visit),
            text=asked["text"],
            about=asked.get("about", Question.About.OTHER),
            answer=asked.get("answer", ""),
            due_on=asked.get("due_on"),
            answered_on=visit.day if asked.get("answered") else None,
        )
        for asked in answer.get("asked", [])
    )


def open_promises(bundle: Bundle) -> dict[int, dict]:
    found: dict[int, list] = {}
    rows = Promise.objects.filter(customer_id__in=bundle.customers, kept_on=None)
    for row in rows.order_by(F("due_on").asc(nulls_last=True), "pk"):
        found.setdefault(row.customer_id, []).append(
            {
                "id": row.pk,
                "text": row.text,
                "due_on": row.due_on,
                "overdue": row.due_on is not None and row.due_on < bundle.day,
            }
        )
    return {customer: {"open": promises} for customer, promises in found.items()}


def record_promises(visit: Visit, answer: dict) -> None:
    """A promise is kept once, by the visit that comes first. One that is not the shop's (it may
    have been erased since the phone was packed) is noted and hinders nothing."""
    Promise.objects.bulk_create(
        Promise(**_of(visit), text=made["text"], due_on=made.get("due_on"))
        for made in answer.get("made", [])
    )
    kept = set(answer.get("kept", []))
    if not kept:
        return
    of_shop = Promise.objects.filter(pk__in=kept, customer=visit.customer_id)
    if of_shop.count() < len(kept):
        visit.notes.append(_("A promise that was marked as kept is not known for this shop."))
    of_shop.filter(kept_on=None).update(
        # A visit with a wrong clock may seem to come before the promise.
        kept_on=Greatest(Value(visit.day), F("day")),
        kept_at_visit=visit,
    )


def record_care(visit: Visit, answer: dict) -> None:
    if answer.get("care"):
        Care.objects.create(**_of(visit), text=answer["care"])


greeting = Step("greeting", Item.ASK, gettext_lazy("Greeting"), answers.GreetingAnswer)
display = Step("display", Item.LOOK, gettext_lazy("Display"), answers.DisplayAnswer)
price_tags = Step("price_tags", Item.LOOK, gettext_lazy("Price tags"), answers.PriceTagsAnswer)
illegal = Step(
    "illegal",
    Item.LOOK,
    gettext_lazy("Illegal cigarettes"),
    answers.IllegalAnswer,
    record=record_report,
    confidential=True,
)
introduced = Step(
    "introduced", Item.INTRODUCE, gettext_lazy("Introduced"), answers.IntroducedAnswer
)
tidied = Step("tidied", Item.TIDY, gettext_lazy("Put in order"), answers.TidiedAnswer)
market = Step("market", Item.COLLECT, gettext_lazy("Market information"), answers.MarketAnswer)
questions = Step(
    "questions",
    Item.ANSWER,
    gettext_lazy("Questions"),
    answers.QuestionsAnswer,
    record=record_questions,
)
promises = Step(
    "promises",
    Item.RECORD,
    gettext_lazy("Promises"),
    answers.PromisesAnswer,
    bundle=open_promises,
    record=record_promises,
)
closing = Step(
    "closing",
    Item.RECORD,
    gettext_lazy("End of the visit"),
    answers.ClosingAnswer,
    record=record_care,
)
