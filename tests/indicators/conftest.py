"""The town with a ledger of random histories, and nights told on it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from inventory import queries as ledger
from inventory.indicators import services
from inventory.indicators.models import ResultSet
from inventory.models import ShopDay, Source
from inventory.services import record_days
from tests.indicators.test_against_oracle import random_shop

SEED = 5


@dataclass
class Ledger:
    """`rows` [(day, product id, sold, closing)] and `complete` days by customer id."""

    town: object
    sources: dict
    rows: dict[int, list] = field(default_factory=dict)
    complete: dict[int, set] = field(default_factory=dict)

    def report(self, customer: int, rows: list, *, complete: bool) -> None:
        """Whole days of a shop from one source; they replace what was known of these days."""
        if not rows:
            return
        days, products, sold, closing = (np.array(column) for column in zip(*rows, strict=True))
        nothing = np.zeros(len(rows), np.int64)
        record_days(
            customers=np.full(len(rows), customer),
            days=days.astype("datetime64[D]"),
            rows=(products, closing + sold, nothing, sold, nothing),
            source=self.sources[complete],
            by="test",
        )
        replaced = {row[0] for row in rows}
        kept = [row for row in self.rows.get(customer, []) if row[0] not in replaced]
        self.rows[customer] = kept + rows
        whole = self.complete.setdefault(customer, set())
        whole -= replaced
        if complete:
            whole |= replaced


@pytest.fixture
def reported(town, settings, tmp_path) -> Ledger:
    """The town, each shop with a random history; its calendars are those of the town."""
    settings.VAR_DIR = tmp_path
    sources = {
        complete: Source.objects.create(
            code=f"test-{complete}", name="test", kind="pos", complete=complete
        )
        for complete in (False, True)
    }
    result = Ledger(town, sources)
    products = [product.pk for product in town.products.values()]
    rng = random.Random(SEED)
    for shop in town.shops.values():
        rows, _, complete = random_shop(rng)
        rows = [
            (day, products[product % 4], sold, closing)
            for day, product, sold, closing in dict.fromkeys(
                # Eight numbers on four products: of two rows of one day the first counts.
                {(day, number % 4): (day, number, *rest) for day, number, *rest in rows}.values()
            )
        ]
        for is_complete in (False, True):
            result.report(
                shop.pk,
                [row for row in rows if (row[0] in complete) == is_complete],
                complete=is_complete,
            )
    return result


def night(as_of: date, *, known_at: datetime | None = None, publish=True, replay=False):
    """Indicators and roll-ups of a night, as marketing_ops.nightly runs them."""
    result_set = services.open_set(
        as_of=as_of,
        known_at=known_at or now(),
        rules="level@1",
        threshold=1,
        replay=replay,
    )
    fixed = SimpleNamespace(result_set_id=result_set.pk)
    for shard in ledger.shards():
        services.compute_shard(fixed, shard)
    services.roll_up(fixed)
    if publish:
        services.publish(result_set)
    return ResultSet.objects.get(pk=result_set.pk)


def now() -> datetime:
    """A moment at which all that was recorded so far is known, and nothing later."""
    last = ShopDay.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    return last + timedelta(microseconds=1) if last else datetime(2024, 1, 1, tzinfo=UTC)
