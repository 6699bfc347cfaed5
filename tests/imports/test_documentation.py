"""docs/files.md names what the importers read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from marketing_ops.imports import KINDS

PAGE = (Path(settings.BASE_DIR) / "docs" / "files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_the_page_lists_every_column_with_its_chinese_headers(kind):
    section = re.search(rf"\n## {kind.name}\n(.*?)(\n## |\Z)", PAGE, re.DOTALL).group(1)
    listed = re.findall(r"^\| (\w+) \| ([^|]+) \| (optional)?", section, re.MULTILINE)
    documented = [(name, tuple(chinese.split(", ")), not free) for name, chinese, free in listed]
    declared = [(column.name, column.chinese, column.required) for column in kind.columns]
    assert [entry for entry in documented if entry[0] != "column"] == declared
