"""What-if: another rule set over all pairs of the big district, nothing written.

    python benchmarks/what_if.py [--shops 5000] [--products 120] [--days 98] [--patience 0]

The panels are on the disk, as after any night. Counted is everything from the question to the
advice: what is known of the district, the panels' blocks and their totals under the other
threshold, peers, and the engine for every pair.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import servers

if __name__ == "__main__":
    servers.ensure()

from benchmarks import district, measure
from benchmarks.night import figures_only
from orders.quotas import services as quotas
from orders.quotas.models import Recommendation, RuleSet

RUNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--products", type=int, default=120)
    parser.add_argument("--days", type=int, default=98)
    parser.add_argument("--patience", type=float, default=0)
    options = parser.parse_args()
    place = district.use(shops=options.shops, products=options.products, days=options.days)
    run = figures_only(place.as_of, alone=True)
    asked = {"as_of": run.as_of, "known_at": run.known_at}
    rules = RuleSet.objects.get(pk=run.inputs["rule_set"]).rules
    other = replace(rules, stockout_threshold=rules.stockout_threshold + 1, service_level=980)

    same = sum(int(advice.quota.clip(0).sum()) for _, advice in quotas.what_if(rules, **asked))
    stored = sum(
        quota or 0
        for quota in Recommendation.objects.filter(result_set=run.inputs["result_set"])
        .values_list("quota", flat=True)
        .iterator()
    )
    print(f"asked with the night's own rules it advises {same:,} packs; the night: {stored:,}")
    if same != stored:
        sys.exit("The what-if and the night differ.")
    timings = [
        measure.timed(lambda: quotas.what_if(other, **asked), patience=options.patience)
        for _ in range(RUNS)
    ]
    pairs = Recommendation.objects.filter(result_set=run.inputs["result_set"]).count()
    print(f"{pairs:,} pairs of {options.shops:,} shops, in one process, {RUNS} runs:")
    print(measure.line("what-if, another threshold and service level", timings, "≤ 0.6 s"))


if __name__ == "__main__":
    main()
