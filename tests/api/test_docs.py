"""docs/api.md names every address, and no other."""

import re
from pathlib import Path

from django.conf import settings

from marketing_ops import api_urls


def test_the_page_names_every_address():
    text = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
    told = set(re.findall(r"^\| `(/api/[^`]*)` \|", text, flags=re.M))
    there = {
        "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern)).replace("{number}", "{id}")
        for pattern in api_urls.urlpatterns
        if pattern.name != "api-unknown"
    }
    assert told == there
