#!/usr/bin/env python
"""Django's command line for marketing_ops."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError

NO_SUCH_TABLE = "42P01"


def main(arguments: list[str]) -> None:
    """Run a command; what its user can mend is said in a line, `--traceback` shows all."""
    try:
        execute_from_command_line(arguments)
    except (ImproperlyConfigured, OperationalError, ProgrammingError, KeyboardInterrupt) as error:
        said = _said(error)
        if said is None or "--traceback" in arguments:
            raise
        sys.exit(said)


def _said(error: BaseException) -> str | None:
    if isinstance(error, ImproperlyConfigured):
        return f"Settings: {error}"
    if isinstance(error, OperationalError):
        return f"The database (DATABASE_URL) did not answer, or broke off. {error}"
    if isinstance(error, KeyboardInterrupt):
        return "Stopped. Running it again completes what was begun."
    if getattr(error.__cause__, "pgcode", None) == NO_SUCH_TABLE:
        return f"The database lacks tables: run migrate first. {error}"
    return None


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
    main(sys.argv)
