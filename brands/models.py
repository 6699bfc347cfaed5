"""Brands and products (规格). A product's row is its identity; barcodes, prices, class and packs
per carton are dated rows beside it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.dated import Dated, one_at_a_time


class Brand(models.Model):
    name = models.CharField(_("brand"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Product(models.Model):
    brand = models.ForeignKey(
        Brand, models.PROTECT, related_name="products", verbose_name=_("brand")
    )
    name = models.CharField(_("product"), max_length=80)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Barcode(Dated):
    """A code of a product's pack or carton.

    A redesign gives the same product a further code (`successor_of` in the file), and for some
    weeks both are sold; so a product may have several, but a code only one product at a time.
    """

    class Kind(models.TextChoices):
        PACK = "pack", _("Pack")
        CARTON = "carton", _("Carton")

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="barcodes", verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.PACK)
    code = models.CharField(_("barcode"), max_length=20, db_index=True)

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        constraints = [one_at_a_time("barcode_of_one_product", "code")]

    def __str__(self):
        return self.code


class PriceClass(models.IntegerChoices):
    FIRST = 1, _("Class 1")
    SECOND = 2, _("Class 2")
    THIRD = 3, _("Class 3")
    FOURTH = 4, _("Class 4")
    FIFTH = 5, _("Class 5")


class Stage(models.TextChoices):
    """The values are what the files say."""

    INTRODUCTION = "导入期", _("Introduction")
    GROWTH = "成长期", _("Growth")
    MATURITY = "成熟期", _("Maturity")
    DECLINE = "衰退期", _("Decline")


class Flag(models.TextChoices):
    """Management flags; they can overlap. The values are what the files say."""

    REGULAR = "常规", _("Regular")
    KEY = "重点", _("Key")
    CONTROLLED = "控制", _("Controlled")
    ASSESSED = "考核", _("Assessed")
    SCARCE = "紧俏", _("Scarce")
    PILOT = "试点", _("Pilot")
    VOLUME_LIMITED = "控量", _("Volume-limited")
    POINT_LIMITED = "控点", _("Point-limited")


class ProductProperties(Dated):
    product = models.ForeignKey(
        Product, models.CASCADE, related_name="properties", verbose_name=_("product")
    )
    price_class = models.PositiveSmallIntegerField(_("price class"), choices=PriceClass)
    wholesale_price = models.DecimalField(
        _("wholesale price (yuan per carton)"), max_digits=9, decimal_places=2
    )
    retail_price = models.DecimalField(
        _("suggested retail price (yuan per carton)"), max_digits=9, decimal_places=2
    )
    packs_per_carton = models.PositiveSmallIntegerField(_("packs per carton"), default=10)
    stage = models.CharField(_("life-cycle stage"), max_length=3, choices=Stage)
    flags = ArrayField(
        models.CharField(max_length=2, choices=Flag), default=list, verbose_name=_("flags")
    )

    class Meta:
        verbose_name = _("product's properties")
        verbose_name_plural = _("products' properties")
        constraints = [
            one_at_a_time("product_properties_one_at_a_time", "product"),
            models.CheckConstraint(
                condition=Q(packs_per_carton__gt=0), name="product_packs_per_carton_positive"
            ),
        ]

    def __str__(self):
        return f"{self.product_id} {self.period}"
