"""Every text of the project that people read, and the Chinese catalogue it is held against.

`python -m tests.pages.messages` merges new texts into the catalogue, empty, for someone to
translate, and drops those that are gone. No system gettext is needed.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PACKAGES = ("marketing_ops", "customers", "brands", "inventory", "orders")
HEADER = "# Chinese of the site. The terms are those of the trade; merge: tests/pages/messages.py"
WITH_CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": WITH_CONTEXT,
    "pgettext_lazy": WITH_CONTEXT,
}


def texts() -> Catalog:
    """All of them, from code and templates, with the places where they stand."""
    catalogue = Catalog(locale="zh_Hans", domain="django")
    for message, context, place in [*_of_code(), *_of_templates()]:
        catalogue.add(message, context=context, locations=[place])
    return catalogue


def chinese() -> Catalog:
    with open(CATALOGUE, "rb") as file:
        return read_po(file, locale="zh_Hans", domain="django")


def _of_code() -> Iterator[tuple]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "/migrations/" in name:
                continue
            for line, message, _comments, context in extract_from_file(
                "python", path, keywords=KEYWORDS, options={"encoding": "utf-8"}
            ):
                yield message, context, (name, line)


def _of_templates() -> Iterator[tuple]:
    engine = engines["django"].engine
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT))
        nodes = engine.from_string(path.read_text("utf-8")).nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            yield str(node.filter_expression.var.literal), None, (name, node.token.lineno)
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            message, _names = node.render_token_list(node.singular)
            if node.plural:
                plural, _names = node.render_token_list(node.plural)
                message = (message, plural)
            yield message, None, (name, node.token.lineno)


def merge() -> None:
    """Bring the catalogue to the texts there are; translations stay."""
    catalogue = chinese() if CATALOGUE.exists() else Catalog(locale="zh_Hans", domain="django")
    catalogue.update(texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.project, catalogue.header_comment = "marketing_ops", HEADER
    with open(CATALOGUE, "wb") as file:
        # Places change with every edit; who looks for one searches for the text.
        write_po(file, catalogue, width=96, no_location=True, sort_output=True, omit_header=False)


def compile_into(folder: Path) -> None:
    """The compiled catalogue, in a folder that can stand in LOCALE_PATHS."""
    target = folder / CATALOGUE.relative_to(ROOT / "locale").with_suffix(".mo")
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "wb") as file:
        write_mo(file, chinese())


if __name__ == "__main__":
    import django

    django.setup()
    merge()
    empty = [message.id for message in chinese() if message.id and not message.string]
    print(f"{len(empty)} texts wait for a translation")
