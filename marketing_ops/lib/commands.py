"""What our commands share: the days that users name, and the files that they ask for."""

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _


def day(option: str, text: str) -> date:
    """The day that was given to an option. Raises CommandError for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            _("%(option)s “%(text)s” is not a day: write it as 2024-06-25.")
            % {"option": option, "text": text}
        ) from None


def write_csv(file: str, columns: Sequence[str], lines: Iterable[Sequence]) -> None:
    """Write a table in one piece: a reader never finds half of it, nor does a failure leave it.

    A device or a pipe is written into as it is. Raises CommandError where it cannot be written.
    """
    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            return _write(path, columns, lines)
        path = path.resolve()
        fresh = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            _write(fresh, columns, lines)
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(file, error) from None


def unwritable(file: str, error: OSError) -> CommandError:
    return CommandError(
        _("%(path)s cannot be written: %(error)s. Name a file in a folder you may write to.")
        % {"path": file, "error": error.strerror}
    )


def _write(path: Path, columns: Sequence[str], lines: Iterable[Sequence]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)
