import csv
import os
import subprocess
import sys
from io import StringIO

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from customers.models import Customer, CustomerProperties, DeliveryCalendar, Licence
from inventory.models import Source
from inventory.queries import SHARD
from inventory.services import record_days
from tests.town import DAY, since

WAIT = 60


@pytest.fixture
def upload():
    """Report days of shops: rows (customer, day, product, opening, received, sold)."""

    def upload(rows, source="pos"):
        customers, days, *numbers = zip(*rows, strict=True)
        columns = [np.array(column) for column in numbers]
        return record_days(
            customers=np.array(customers),
            days=np.array(days, "M8[D]"),
            rows=[*columns, np.zeros_like(columns[0])],
            source=Source.objects.get(code=source),
            by="test",
        )

    return upload


@pytest.fixture
def ledger(upload):
    """Fill 40 days of the town: every shop sells 1 to 3 packs of everything and is restocked."""

    def ledger(town):
        rows = []
        for number, shop in enumerate(town.shops.values()):
            for place, product in enumerate(town.products.values()):
                stock = 15 + number
                for back in range(39, -1, -1):
                    day = np.datetime64(DAY) - back
                    received = 14 if back % 7 == 0 else 0
                    sold = min(stock + received, 1 + (back + number + place) % 3)
                    rows.append((shop.pk, day, product.pk, stock, received, sold))
                    stock += received - sold
        upload(rows)
        return town

    return ledger


def spread_over_shards(town, shards=3):
    """Give the town shops in further shards, so that a night has pieces to share."""
    for shard in range(1, shards):
        shop = Customer.objects.create(pk=shard * SHARD + 1, opened_on=since().lower)
        town.shops[f"S{shard}"] = shop
        Licence.objects.create(customer=shop, number=f"S{shard}", period=since())
        CustomerProperties.objects.create(
            customer=shop, name=f"店{shard}", format="其他", area="城区", scale="小", period=since()
        )
        DeliveryCalendar.objects.create(
            customer=shop, order_weekdays=[1], delivery_weekdays=[3], period=since()
        )
    return town


@pytest.fixture
def export(tmp_path):
    """What export_indicators says of a day, as bytes."""

    def export(as_of=DAY, *options):
        path = tmp_path / "export.csv"
        call_command(
            "export_indicators", "--as-of", f"{as_of}", "--out", path, *options, stdout=StringIO()
        )
        return path.read_bytes()

    return export


@pytest.fixture
def rows(export):
    def rows(as_of=DAY):
        lines = csv.DictReader(StringIO(export(as_of).decode("utf-8-sig")))
        return {(line["licence_no"], line["barcode"]): line for line in lines}

    return rows


@pytest.fixture
def start(tmp_path):
    """Start a command of ours as a process of its own, on this test's database."""
    processes = []

    def start(*arguments, module="manage.py", **environment):
        database = connection.settings_dict
        url = f"postgres://{database['USER']}"
        if database["PASSWORD"]:
            url += f":{database['PASSWORD']}"
        url += f"@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        command = (
            [sys.executable, module] if module == "manage.py" else [sys.executable, "-m", module]
        )
        log = tmp_path / f"process-{len(processes)}.log"
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": url,
                "REDIS_URL": settings.REDIS_URL,
                "VAR_DIR": str(settings.VAR_DIR),
                **environment,
            },
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        process.log = log
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(WAIT)
