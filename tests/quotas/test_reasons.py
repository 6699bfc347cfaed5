from django.utils import translation

from orders.quotas.engine import recommend
from orders.quotas.reasons import explain, text, words
from orders.quotas.rules import QuotaRules
from tests.quotas.build import pair

MEAN = QuotaRules(method="mean")


def row(evidence, rules=MEAN):
    return recommend(evidence, rules).row(0)


def test_the_reasons_come_in_the_order_of_the_judgement():
    codes = [reason.code for reason in explain(row(pair()))]
    assert codes == [
        "regime", "supply", "events", "segment", "days", "trend", "rate", "target", "rounded",
        "bounds", "quota",
    ]  # fmt: skip


def test_the_compact_text_of_a_plain_pair():
    assert text(row(pair(sold=[15] * 13, stockout=2, closing=0))) == (
        "regime:regular;supply:whole,supply_permille=1000,cut_cycles=0;"
        "events:none,event_permille=1000,event_cycles=0;segment:B;"
        "days:65,observed=91,sold=195;trend:none;rate:3000;target:34,interval_days=9;"
        "rounded:21,unit=10;bounds:none;quota:30"
    )


def test_the_compact_text_where_policy_decides():
    assert text(row(pair(price_class=1))) == "regime:policy;quota:none"
    assert text(row(pair(price_class=1, in_force=30))) == "regime:policy,in_force=30;quota:30"


def test_every_step_is_put_into_words():
    evidence = pair(
        sold=[21] * 9 + [8] * 4,
        stockout=[0] * 9 + [2] * 4,
        supply=[1000] * 12 + [600],
        events=[1000] * 9 + [500] * 4,
        next_event=500,
        in_force=100,
        peer_millipacks=2500,
    )
    with translation.override("en"):
        sentences = words(row(evidence, QuotaRules()), packs_per_carton=10)
    assert sentences[:6] == [
        "The quota follows from what the shop sold.",
        "The supply was cut in 1 cycle, to 0.6 of what was asked for: "
        "stock-outs of this cycle raise nothing.",
        "An event touched 4 cycles; its effect is taken out of them.",
        "A day then sold 0.533 times what it sold in the other cycles.",
        "For the days ahead an event with the factor 0.5 is expected.",
        "Segment C: now and then out of stock.",
    ]
    assert sentences[6] == ("22 ct 1 pk were sold on 83 effective days, out of 91 observed ones.")
    assert sentences[-2] == "Cut from 10 ct only as far as one decision may."
    assert sentences[-1] == "Quota: 5 ct per cycle."


def test_a_pair_without_a_quota_says_why():
    with translation.override("en"):
        assert words(row(pair(flags=1)), packs_per_carton=10) == [
            "Products of class 1, scarce and pilot products are given out by policy.",
            "There is no quota in force, and so no recommendation.",
            "No quota is recommended.",
        ]


def test_a_carton_is_what_the_product_says():
    with translation.override("zh-hans"):
        sentences = words(row(pair(price_class=1, in_force=45)), packs_per_carton=20)
    assert any("2条5包" in sentence for sentence in sentences)
    with translation.override("en"):
        assert words(row(pair(price_class=1, in_force=45)), packs_per_carton=20)[-1] == (
            "Quota: 2 ct 5 pk per cycle."
        )
