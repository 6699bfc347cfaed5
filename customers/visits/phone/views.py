"""The phone's page and what a browser needs to keep it: shell, worker, manifest, texts, icons.

The shell holds no word about anybody, so that it can be kept on a phone that several people use;
what it shows comes from the API, which asks who one is. The page itself is for who makes visits.
"""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from customers.visits.phone import build, icons
from marketing_ops.headers import PERMISSIONS

LANGUAGES = ("zh-hans", "en")
# Spoken notes, where the browser listens.
_PERMISSIONS = PERMISSIONS.replace("microphone=()", "microphone=(self)")


@requires(Action.MAKE_VISITS)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return _shell(request)


@login_not_required
@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The same page for the worker to keep, whoever is logged in at that moment."""
    return _shell(request)


def _shell(request: HttpRequest) -> HttpResponse:
    made = build.current()
    response = render(request, "visits/app.html", {"script": made.script, "styles": made.styles})
    response.headers["Permissions-Policy"] = _PERMISSIONS
    return response


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of what it keeps in front. Another version is another
    text, by which browsers see that there is an update."""
    made = build.current()
    kept = json.dumps({"version": made.version, "files": made.files})
    text = f"self.BUILD = {kept};\n{made.worker}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What makes the page installable. In Chinese: a phone asks for it without cookies."""
    with override("zh-hans"):
        name = _("Shop visits")
    start = reverse("visits-app")
    return JsonResponse(
        {
            "id": start,
            "name": name,
            "short_name": name,
            "lang": "zh-Hans",
            "start_url": start,
            "scope": start,
            "display": "standalone",
            "background_color": "#f4f6f8",
            "theme_color": "#0b5cad",
            "icons": [
                {
                    "src": reverse("visits-icon", args=[size]),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for size in icons.SIZES
                for purpose in ("any", "maskable")
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@login_not_required
@require_safe
def words(request: HttpRequest, language: str) -> JsonResponse:
    if language not in LANGUAGES:
        raise Http404
    texts = build.words_in(language)
    return JsonResponse(texts, json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def icon(request: HttpRequest, size: int) -> HttpResponse:
    if size not in icons.SIZES:
        raise Http404
    response = HttpResponse(icons.png(size), content_type="image/png")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
