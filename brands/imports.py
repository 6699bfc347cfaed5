"""The file of products: identities by barcode, and their dated properties."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.models import Barcode, Brand, Flag, Product, ProductProperties, Stage
from customers.dated import change
from marketing_ops.audit import services as audit
from marketing_ops.lib import values
from marketing_ops.lib.importing import Column, Job, Kind

EVER = date(1900, 1, 1)
"""From when a product that is new to us has its barcodes and properties: its ledger and orders
may be older than the day on which its row arrives."""

STAGES = {choice.value: choice for choice in Stage} | {
    "导入": Stage.INTRODUCTION,
    "成长": Stage.GROWTH,
    "成熟": Stage.MATURITY,
    "衰退": Stage.DECLINE,
    "introduction": Stage.INTRODUCTION,
    "growth": Stage.GROWTH,
    "maturity": Stage.MATURITY,
    "decline": Stage.DECLINE,
}
FLAGS = {choice.value: choice for choice in Flag} | {
    "regular": Flag.REGULAR,
    "key": Flag.KEY,
    "controlled": Flag.CONTROLLED,
    "assessed": Flag.ASSESSED,
    "scarce": Flag.SCARCE,
    "pilot": Flag.PILOT,
    "volume-limited": Flag.VOLUME_LIMITED,
    "point-limited": Flag.POINT_LIMITED,
}
CLASSES = {str(n): n for n in range(1, 6)} | {
    f"{word}类": n for n, word in enumerate("一二三四五", start=1)
}


def flags(text: str) -> list[str]:
    """Joined by ;, in the order of brands.models.Flag."""
    found = values.joined(values.one_of(FLAGS))(text)
    return [choice for choice in Flag if choice in found]


COLUMNS = (
    Column("barcode", ("条码", "条形码", "盒条码"), values.code(20)),
    Column("name", ("品名", "规格", "产品名称"), values.text(80)),
    Column("brand", ("品牌",), values.text(60)),
    Column("price_class", ("价类", "类别"), values.one_of(CLASSES)),
    Column("wholesale_price", ("批发价",), values.decimal()),
    Column("retail_price", ("零售价", "建议零售价"), values.decimal()),
    Column("packs_per_carton", ("每条包数", "条包比"), values.whole_number(1, 1000)),
    Column("stage", ("生命周期", "生命周期阶段"), values.one_of(STAGES)),
    Column("flags", ("管理标记", "标记"), flags, empty=[]),
    Column("carton_barcode", ("条装条码", "整条条码"), values.code(20), required=False, empty=""),
    Column("successor_of", ("替代条码", "前身条码"), values.code(20), required=False, empty=""),
)
PROPERTIES = (
    "price_class",
    "wholesale_price",
    "retail_price",
    "packs_per_carton",
    "stage",
    "flags",
)


def load(job: Job) -> None:
    """A changed property holds from `job.effective` on (default: today).

    `successor_of` puts the barcode on the product of the one it names. Where several rows of a
    file are about one product, the row of its youngest barcode says what the product is.
    """
    rows = job.without_doubles(job.all_rows(), ["barcode"])
    with job.writing():
        _Products(job, rows).load()


PRODUCTS = Kind("products", gettext_lazy("Products"), COLUMNS, load)


class _Products:
    """One import of products, inside its transaction."""

    def __init__(self, job: Job, rows: list[tuple[int, dict]]):
        self.job = job
        self.rows = {row["barcode"]: (line, row) for line, row in rows}
        self.day = job.effective or job.today
        self.brands = {brand.name: brand for brand in Brand.objects.all()}
        self.codes = {
            code.code: code
            for code in Barcode.objects.select_related("product").order_by("period")
            if code.period.upper is None or code.period.upper > self.day
        }
        self.held = {entry.product_id: entry for entry in ProductProperties.objects.on(self.day)}
        self.outcome: dict[str, str] = {}

    def load(self) -> None:
        for code in self._in_order():
            self._identify(code)
        about: dict[int, list[str]] = {}
        for code in self.outcome:
            about.setdefault(self.codes[code].product_id, []).append(code)
        for codes in about.values():
            youngest = max(codes, key=lambda code: self.codes[code].pk)
            if self._describe(youngest) and self.outcome[youngest] == "unchanged":
                self.outcome[youngest] = "changed"
        for outcome in self.outcome.values():
            self.job.count(outcome)

    def _in_order(self) -> list[str]:
        """The file's barcodes, each after the one that it succeeds. Circles are rejected."""
        ordered: dict[str, None] = {}
        for code in list(self.rows):
            chain: list[str] = []
            while code in self.rows and code not in ordered and code not in chain:
                chain.append(code)
                code = self.rows[code][1].get("successor_of", "")
            ordered.update(dict.fromkeys(reversed(chain)))
            if code in chain:
                for member in chain[chain.index(code) :]:
                    self._reject(member, "successor_of", _("The barcodes succeed in a circle."))
        return [code for code in ordered if code in self.rows]

    def _reject(self, code: str, column: str, reason: str) -> None:
        line, row = self.rows.pop(code)
        self.job.reject_row(line, column, row[column], reason)

    def _identify(self, code: str) -> None:
        """Find or make the product of a barcode, and its barcodes."""
        row = self.rows[code][1]
        known, former = self.codes.get(code), row.get("successor_of", "")
        carton = row.get("carton_barcode", "")
        predecessor = self.codes.get(former)
        if known and known.kind != Barcode.Kind.PACK:
            return self._reject(
                code, "barcode", _("This is the barcode of a carton. Give that of the pack.")
            )
        if former and (predecessor is None or predecessor.kind != Barcode.Kind.PACK):
            reason = _("The predecessor is not known. Import it first, or leave the cell empty.")
            return self._reject(code, "successor_of", reason)
        if known and former and known.product_id != predecessor.product_id:
            reason = _(
                "Both barcodes are products of their own already, with own ledgers. They cannot "
                "become one by a file; leave the cell empty."
            )
            return self._reject(code, "successor_of", reason)
        holder = known or predecessor
        if carton == code:
            reason = _("This is the pack's own barcode. Give that of the carton, or none.")
            return self._reject(code, "carton_barcode", reason)
        if carton and carton in self.codes:
            other = self.codes[carton]
            if other.kind != Barcode.Kind.CARTON or not holder or other.product != holder.product:
                reason = _("This barcode belongs to another product or to a pack. Correct it.")
                return self._reject(code, "carton_barcode", reason)
        product = holder.product if holder else self._create(row)
        outcome = "unchanged" if known else "new"
        if not known:
            self._add_code(product, code, Barcode.Kind.PACK)
        if carton and carton not in self.codes:
            self._add_code(product, carton, Barcode.Kind.CARTON)
            outcome = "changed" if known else "new"
        self.outcome[code] = outcome
        return None

    def _create(self, row: dict) -> Product:
        return Product.objects.create(brand=self._brand(row["brand"]), name=row["name"])

    def _brand(self, name: str) -> Brand:
        if name not in self.brands:
            self.brands[name] = Brand.objects.create(name=name)
        return self.brands[name]

    def _add_code(self, product: Product, code: str, kind: str) -> None:
        self.codes[code] = Barcode.objects.create(
            product=product, code=code, kind=kind, period=DateRange(EVER, None)
        )

    def _describe(self, code: str) -> bool:
        """Let the row of this barcode hold for its product; whether that changed anything."""
        row, product = self.rows[code][1], self.codes[code].product
        said = {name: row[name] for name in PROPERTIES}
        held = self.held.get(product.pk)
        changes = {}
        if (product.name, product.brand_id) != (row["name"], self._brand(row["brand"]).pk):
            changes["name"] = [product.name, row["name"]]
            product.name, product.brand = row["name"], self._brand(row["brand"])
            product.save()
        if held is None or any(getattr(held, name) != value for name, value in said.items()):
            start = self.day if held else EVER
            outcome = change(ProductProperties, {"product_id": product.pk}, said, effective=start)
            if outcome != "unchanged":
                changes |= {
                    name: [str(getattr(held, name, "")), str(value)]
                    for name, value in said.items()
                    if getattr(held, name, None) != value
                }
        if changes and self.outcome[code] == "unchanged":
            audit.record(
                by=self.job.by,
                run=self.job.run_id,
                action="import product",
                subject=f"barcode {code}",
                effective=self.day.isoformat(),
                changes=changes,
            )
        return bool(changes)
