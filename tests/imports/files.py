"""Small files for the tests of imports."""

import gzip
import io
import zipfile

from openpyxl import Workbook

CUSTOMER_HEADER = (
    "licence_no,name,format,area,scale,group,address,longitude,latitude,market_department,"
    "account_manager,order_weekday,delivery_weekday,opened_on,uploads"
)
PRODUCT_HEADER = (
    "barcode,name,brand,price_class,wholesale_price,retail_price,packs_per_carton,stage,flags"
)
LEDGER_HEADER = "day,licence_no,barcode,opening,received,sold,closing"
ORDER_HEADER = "ordered_on,licence_no,barcode,requested,supplied,delivered_on"
EVENT_HEADER = "title,starts_on,expected_end,expected_factor,licence_nos"


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def csv_file(*lines: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text(*lines).encode(encoding))


def gzip_file(*lines: str) -> io.BytesIO:
    return io.BytesIO(gzip.compress(text(*lines).encode()))


def xlsx_file(rows, formats=None) -> io.BytesIO:
    """An XLSX with these rows; `formats` maps a cell such as "A2" to a number format."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def with_part(file: io.BytesIO, name: str, content: bytes) -> io.BytesIO:
    """The same archive with one part replaced or added."""
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    changed.seek(0)
    return changed


def shop(licence="L9", **changed) -> str:
    """A row of a customers' file."""
    row = {
        "licence_no": licence,
        "name": "新村小店",
        "format": "食杂店",
        "area": "农村",
        "scale": "小",
        "group": "",
        "address": "新村1号",
        "longitude": "121.5",
        "latitude": "31.2",
        "market_department": "城东市场部",
        "account_manager": "am01",
        "order_weekday": "7",
        "delivery_weekday": "2",
        "opened_on": "2019-01-01",
        "uploads": "1",
    }
    row |= changed
    return ",".join(row.values())


def product(barcode="6909", **changed) -> str:
    """A row of a products' file."""
    row = {
        "barcode": barcode,
        "name": "牡丹(软)",
        "brand": "牡丹",
        "price_class": "3",
        "wholesale_price": "100",
        "retail_price": "120.5",
        "packs_per_carton": "10",
        "stage": "成熟期",
        "flags": "常规;重点",
    }
    row |= changed
    return ",".join(row.values())
