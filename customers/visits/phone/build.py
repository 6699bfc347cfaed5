"""What Vite made of the page, and the version that a phone knows it by."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import override

from customers.visits.phone import icons
from customers.visits.phone.words import WORDS

ENTRY = "src/visit/main.tsx"
WORKER = "visit-worker.js"


@dataclass(frozen=True)
class Build:
    """`files` are the addresses that the worker keeps; `version` changes with any of them."""

    script: str
    styles: tuple[str, ...]
    files: tuple[str, ...]
    worker: str
    version: str


def current() -> Build:
    """The build of this process. It is read once; while developing, at each change."""
    folder = Path(settings.DJANGO_VITE["default"]["manifest_path"]).parent
    return of(folder, (folder / "manifest.json").stat().st_mtime_ns)


@lru_cache(maxsize=4)
def of(folder: Path, _changed: int) -> Build:
    entry = json.loads((folder / "manifest.json").read_text())[ENTRY]
    script = static(f"kit/{entry['file']}")
    styles = tuple(static(f"kit/{name}") for name in entry.get("css", ()))
    worker = (folder / WORKER).read_text()
    words = {language: words_in(language) for language, _name in settings.LANGUAGES}
    files = (
        reverse("visits-shell"),
        reverse("visits-manifest"),
        script,
        *styles,
        *(reverse("visits-words", args=[language]) for language in words),
        *(reverse("visits-icon", args=[size]) for size in icons.SIZES),
    )
    with override(settings.LANGUAGE_CODE):  # in that of who keeps it, not of who asks first
        page = render_to_string("visits/app.html", {"script": script, "styles": styles})
    state = json.dumps([files, worker, words, page], sort_keys=True)
    version = hashlib.sha256(state.encode()).hexdigest()[:12]
    return Build(script, styles, files, worker, version)


@lru_cache(maxsize=4)
def words_in(language: str) -> dict[str, str]:
    with override(language):
        return {name: str(text) for name, text in WORDS.items()}
