"""Every address of the site passes the gate, or is one of the few that need not."""

from django.urls import URLPattern, URLResolver, get_resolver

from customers.scope import ALLOWED, Action

# What works before anyone is known. Static files are served by a middleware and have no address.
PUBLIC = {
    "login",
    "login_code",
    "logout",
    "set_language",
    "healthz",
    "api-schema",
    "api-token",
    "api-unknown",
    "api-visits-session",
    "visits-shell",
    "visits-worker",
    "visits-manifest",
    "visits-words",
    "visits-icon",
}
# About nobody but the person who is logged in, whatever their posts; tests/accounts walks them.
OWN = {
    "security",
    "password",
    "end_sessions",
    "end_tokens",
    "second_factor",
    "prove",
    "recovery_codes",
    "renew_codes",
    "take_off",
    "api-own-tokens",
    "api-own-token",
}


def patterns(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            # The admin asks for its own right on every page: tests/admin walks them.
            if pattern.namespace != "admin":
                yield from patterns(pattern, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern


def test_every_address_names_its_action_or_is_public():
    without = [
        path
        for path, pattern in patterns()
        if pattern.name not in PUBLIC | OWN and not isinstance(_action(pattern), Action)
    ]
    assert without == [], "give the view @requires(Action.…), see customers/gate.py"


def test_every_action_that_a_page_names_is_somebodys():
    named = {_action(pattern) for _path, pattern in patterns()} - {None}
    assert named
    assert all(ALLOWED[action] for action in named)


def test_the_public_list_names_nothing_that_is_gone():
    names = {pattern.name for _path, pattern in patterns()}
    assert names >= PUBLIC | OWN


def _action(pattern):
    return getattr(pattern.callback, "action", None)
