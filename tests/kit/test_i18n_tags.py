"""The quick tags of `{% load i18n %}` say what Django's say, in whatever language is asked for."""

import pytest
from django.template import Context, Engine, engines
from django.utils import translation
from django.utils.safestring import mark_safe

QUICK = engines["django"].engine
DJANGOS = Engine(libraries={"i18n": "django.templatetags.i18n"})
TEXTS = [
    '{% translate "Shops" %}',
    '{% trans "Shops" %}, {% translate "Shops" %}',
    '{% translate "Shops" as words %}<{{ words }}>',
    '{% translate "100% & <b>" %}',
    '{% translate "Shops" noop %}',
    '{% translate "Shops"|upper %}',
    '{% translate "May" context "month" %}',
    "{% translate name %}",
    "{% autoescape off %}{% translate 'a & b' %}{{ name }}{% endautoescape %}",
    "{% blocktranslate %}Shop {{ name }} 50%{% endblocktranslate %}",
    "{% blocktranslate with day=name %}next {{ day }}{% endblocktranslate %}",
    "{% blocktranslate trimmed with day=safe %}\n next {{ day }}\n{% endblocktranslate %}",
    "{% blocktranslate %}cycle {{ missing }}{% endblocktranslate %}",
    "{% blocktranslate with n=1234.5 %}cycle {{ n }} {{ name }}{% endblocktranslate %}",
    "{% blocktranslate count n=2 %}{{ n }} shop{% plural %}{{ n }} shops{% endblocktranslate %}",
    "{% blocktranslate asvar words %}Shop {{ name }}{% endblocktranslate %}{{ words }}",
    "{% blocktrans context 'month' %}May{% endblocktrans %}",
    "{% for name in names %}{% translate 'Shops' %}{% blocktranslate %}next {{ name }}"
    "{% endblocktranslate %}{% endfor %}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_they_say_the_same_as_djangos_in_every_language(text):
    asked = {"name": "<Wang & Li>", "safe": mark_safe("<i>1</i>"), "names": ["1", "<2>"]}
    quick, djangos = (one.from_string("{% load i18n %}" + text) for one in (QUICK, DJANGOS))
    for language in ("en", "zh-hans", None, "en", "zh-hans"):
        with translation.override(language):
            assert quick.render(Context(asked)) == djangos.render(Context(asked))


def test_pages_use_them():
    assert "marketing_ops.lib.i18n_tags" in QUICK.libraries.values()
