"""The people of the demo district, with their logins and posts."""

from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db.backends.postgresql.psycopg_any import DateRange

from customers.models import Customer, MarketDepartment, Post, Route
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.demo import places
from marketing_ops.demo.district import District

PASSWORD = "demo-district"  # public: the login page of the demo says so
SINCE = date(2019, 1, 1)  # from when people hold their posts and products their prices


def routes() -> list[Route]:
    """The market departments and the six routes, in the order of am01 to am06."""
    departments = MarketDepartment.objects.bulk_create(
        MarketDepartment(name=name) for name in places.DEPARTMENTS
    )
    return Route.objects.bulk_create(
        Route(name=route, department=departments[department])
        for _name, department, route in places.ACCOUNT_MANAGERS
    )


def owners(district: District) -> tuple[int, ...]:
    """The shops of shop1 to shop3: at the road works, in the village, with packs kept back."""
    told = district.stories
    return tuple(told[code].shops[0] for code in ("road-works", "unserved-village", "kept-back"))


def create(district: District, customers: list[Customer], routes: list[Route]) -> None:
    """All people with their logins and posts; `customers` in the order of the town's shops."""
    users = _users(district)
    held = DateRange(SINCE, None)
    managers = [
        Post(user=users[f"am{n:02}"], role=Role.ACCOUNT_MANAGER, route=route, period=held)
        for n, route in enumerate(routes, start=1)
    ]
    departments = list(dict.fromkeys(route.department for route in routes))
    others = [
        Post(user=users[f"market{n}"], role=Role.MARKET_MANAGER, department=department, period=held)
        for n, department in enumerate(departments, start=1)
    ]
    others += [
        Post(user=users["inspector1"], role=Role.INSPECTOR, period=held),
        Post(user=users["district1"], role=Role.DISTRICT, period=held),
        Post(user=users["admin1"], role=Role.ADMIN, period=held),
    ]
    others += [
        Post(
            user=users[f"shop{n}"],
            role=Role.CUSTOMER,
            customer=customers[shop],
            period=DateRange(district.opened_on[shop], None),
        )
        for n, shop in enumerate(owners(district), start=1)
    ]
    Post.objects.bulk_create(managers + others)
    # am02 stands in for am03 for a week that begins on the last day, so that it is under way
    # when the demo is first looked at.
    Post.objects.create(
        user=users["am02"],
        role=Role.ACCOUNT_MANAGER,
        route=routes[2],
        period=DateRange(district.as_of, district.as_of + timedelta(days=7)),
        substitute_for=managers[2],
    )


def _users(district: District) -> dict[str, User]:
    names = {f"am{n:02}": name for n, (name, *_) in enumerate(places.ACCOUNT_MANAGERS, start=1)}
    names |= {f"market{n}": name for n, name in enumerate(places.MARKET_MANAGERS, start=1)}
    names |= {
        "inspector1": places.INSPECTOR,
        "district1": places.DISTRICT_STAFF,
        "admin1": places.ADMINISTRATOR,
    }
    names |= {
        f"shop{n}": district.town.shops[shop].contact
        for n, shop in enumerate(owners(district), start=1)
    }
    password = make_password(PASSWORD)  # one salt for all: the password is public anyway
    return {
        name: User.objects.update_or_create(
            username=name,
            defaults={
                "display_name": display,
                "password": password,
                "is_active": True,
                "is_staff": name == "admin1",
                "is_superuser": name == "admin1",
            },
        )[0]
        for name, display in names.items()
    }
