"""The standing part of the demo district: 300 shops, where they are, what they carry and sell.

It depends on the seed alone, not on the day: the same shop has the same licence number, name and
assortment every day, so that a guide can name it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from marketing_ops.demo import places
from marketing_ops.demo.products import DemoProduct, load

SEED = 20240226
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Shop:
    """One shop as it stands; weekdays 1 = Monday."""

    number: int
    licence_no: str
    name: str
    contact: str
    address: str
    longitude: float
    latitude: float
    place: int
    manager: int  # 0 = am01
    urban: bool
    format: int  # index into places.FORMATS
    scale: int  # index into places.SCALES
    group: int  # index into places.GROUPS, -1 = none
    order_weekdays: tuple[int, ...]
    delivery_weekdays: tuple[int, ...]
    opened_on: date
    information_point: bool
    functional_terminal: bool

    @property
    def on(self) -> places.Place:
        return places.PLACES[self.place]


@dataclass(frozen=True)
class Town:
    """Shops, products, and the P pairs of both that are carried, sorted by shop and product."""

    seed: int
    shops: tuple[Shop, ...]
    products: tuple[DemoProduct, ...]
    shop: np.ndarray  # int [P], index into shops
    product: np.ndarray  # int [P], index into products
    mean: np.ndarray  # float [P], packs wanted on a usual day

    def at(self, place: str) -> list[int]:
        """The shops of a street or village."""
        return [shop.number for shop in self.shops if shop.on.name == place]

    def product_named(self, name: str) -> int:
        return next(n for n, product in enumerate(self.products) if product.name == name)


def build(seed: int = SEED) -> Town:
    """The town of this seed, the same every time."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    products = load()
    shops = _shops(rng)
    pairs = assortment(
        rng,
        prices=np.array([float(product.retail_price) for product in products]),
        urban=np.array([shop.urban for shop in shops]),
        formats=np.array([shop.format for shop in shops]),
        scales=np.array([shop.scale for shop in shops]),
    )
    return Town(seed, shops, products, *pairs)


def assortment(rng, *, prices, urban, formats, scales, share=None):
    """Which products S shops carry and how many packs of each are wanted a day.

    `prices` float [K] in yuan per carton, the others int or bool [S]. Every shop carries a number
    of products by its scale, or `share` of all of them. Returns shop, product and mean [P].
    """
    count, kinds = len(urban), len(prices)
    usual = np.array([places.USUAL_PRICE[bool(u)][f] for u, f in zip(urban, formats, strict=True)])
    distance = np.log(prices)[None, :] - np.log(usual)[:, None]
    distance /= np.where(distance < 0, 1.1, 0.8)  # the cheap ones keep a faithful few
    popular = rng.normal(0, 0.55, kinds)
    liking = -0.5 * distance**2 + popular + rng.normal(0, 0.45, (count, kinds))
    if share is None:
        carried = np.array([rng.integers(*places.ASSORTMENT[scale]) for scale in scales])
    else:
        carried = np.full(count, int(kinds * share))
    place = np.argsort(np.argsort(-(liking + rng.gumbel(0, 0.5, (count, kinds))), axis=1), axis=1)
    shop, product = np.nonzero(place < carried[:, None])
    volume = (
        np.array(places.PACKS_A_DAY)[scales]
        * np.array(places.FORMAT_FACTOR)[formats]
        * np.where(urban, 1.0, places.RURAL_FACTOR)
        * rng.lognormal(0, 0.25, count)
    )
    weight = np.exp(liking)
    weight = np.where(place < carried[:, None], weight, 0)
    mean = volume[:, None] * weight / weight.sum(axis=1, keepdims=True)
    return shop.astype(np.int32), product.astype(np.int32), mean[shop, product]


def _shops(rng) -> tuple[Shop, ...]:
    place_of = np.repeat(np.arange(len(places.PLACES)), [p.shops for p in places.PLACES])
    urban = np.array([places.PLACES[p].urban for p in place_of])
    group = _groups(rng, place_of, urban)
    taken: set[str] = set()
    shops = []
    for place_number, place in enumerate(places.PLACES):
        members = np.flatnonzero(place_of == place_number)
        spots, houses = _spots(rng, place)
        for position, number in enumerate(members):
            chain = int(group[number])
            if chain >= 0:
                form = places.FORMATS.index(places.GROUPS[chain][1])
            else:
                form = int(rng.choice(7, p=places.FORMAT_SHARE[place.urban]))
            scale = _scale(rng, place.urban, form, chain)
            own = places.GROUPS[chain][4] if chain >= 0 else None
            order, delivery = own or (place.order_weekday, place.delivery_weekday)
            surname = places.SURNAMES[rng.integers(len(places.SURNAMES))]
            shops.append(
                Shop(
                    number=int(number),
                    licence_no=f"3499011{number + 1:05d}",
                    name=_name(rng, place, form, chain, surname, taken),
                    contact=surname + str(rng.choice(places.GIVEN_NAMES)),
                    address=f"{places.DISTRICT}{place.town}{place.name}{houses[position]}号",
                    longitude=round(float(spots[position, 0]), 6),
                    latitude=round(float(spots[position, 1]), 6),
                    place=place_number,
                    manager=place.manager,
                    urban=place.urban,
                    format=form,
                    scale=scale,
                    group=chain,
                    order_weekdays=(order,),
                    delivery_weekdays=(delivery,),
                    opened_on=date(2012, 1, 1) + timedelta(days=int(rng.integers(0, 4000))),
                    information_point=bool(rng.random() < 0.12),
                    functional_terminal=bool(rng.random() < (0.45 if scale == 0 else 0.2)),
                )
            )
    return tuple(shops)


def _groups(rng, place_of, urban):
    """The group of each shop; never on the streets that have a story of their own."""
    group = np.full(len(place_of), -1)
    free = urban & np.array([places.PLACES[p].name not in {"学府路", "工业大道"} for p in place_of])
    for number, (_name, _format, _area, size, _calendar) in enumerate(places.GROUPS):
        chosen = rng.choice(np.flatnonzero(free & (group < 0)), size, replace=False)
        group[chosen] = number
    return group


def _spots(rng, place):
    """Coordinates [n, 2] and rising house numbers of a place's shops."""
    along = np.sort(rng.uniform(-1, 1, place.shops))
    if place.urban:
        bearing = rng.uniform(0, np.pi)
        east = along * 520 * np.cos(bearing) + rng.normal(0, 12, place.shops)
        north = along * 520 * np.sin(bearing) + rng.normal(0, 12, place.shops)
    else:
        east, north = rng.normal(0, 230, (2, place.shops))
    degrees = METRES_PER_DEGREE * np.array([np.cos(np.radians(place.latitude)), 1.0])
    spots = np.array([place.longitude, place.latitude]) + np.stack([east, north], 1) / degrees
    return spots, np.cumsum(rng.integers(2, 14, place.shops))


def _scale(rng, urban, form, chain):
    if places.FORMATS[form] == "商场":
        return 0
    if chain >= 0 or places.FORMATS[form] in {"超市", "娱乐服务类"}:
        return int(rng.choice(2, p=(0.35, 0.65)))
    return int(rng.choice(3, p=places.SCALE_SHARE[urban]))


def _name(rng, place, form, chain, surname, taken):
    if chain >= 0:
        stem, ends = places.GROUPS[chain][0], ("一店", "二店", "三店", "四店", "五店")
        name = next(
            name
            for end in ("店", *ends[1:])
            if (name := f"{stem}（{place.name}{end}）") not in taken
        )
        taken.add(name)
        return name
    while True:
        sign = str(rng.choice(places.SIGNS))
        suffix = str(rng.choice(places.SUFFIXES[places.FORMATS[form]]))
        stem = (
            sign,
            sign,
            f"{surname}记",
            f"老{surname}",
            place.name.rstrip("村街路道")[:2] + sign,
        )[rng.integers(5)]
        name = stem + suffix
        if name not in taken:
            taken.add(name)
            return name
