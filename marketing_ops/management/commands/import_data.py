"""`import_data KIND FILE`: a file of customers, products, ledger, orders or events."""

import getpass
import sys
from contextlib import nullcontext

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from marketing_ops.imports import KINDS, Report, TableError, run_import
from marketing_ops.lib import commands

SHOWN = 50


class Command(BaseCommand):
    help = "Imports a file; prints rows read, new, changed, unchanged and rejected."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("file", metavar="FILE", help="CSV, gzip of CSV, or XLSX")
        parser.add_argument(
            "--effective",
            metavar="DAY",
            help="from when changes hold (default: today; a new shop: its opening day)",
        )
        parser.add_argument(
            "--all-or-nothing", action="store_true", help="import nothing if any row is bad"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, change nothing"
        )
        parser.add_argument("--problems", metavar="CSV", help="write every bad row into this file")
        parser.add_argument("--language", choices=["zh-hans", "en"], help="of the report")

    def handle(self, *args, **options):
        language = options["language"] or translation.get_language()
        effective = options["effective"]
        if effective:
            effective = commands.day("--effective", effective)
        with translation.override(language), _sink(options["problems"]) as problems_to:
            try:
                report = run_import(
                    options["kind"],
                    options["file"],
                    by=_user(),
                    today=timezone.localdate(),
                    effective=effective,
                    all_or_nothing=options["all_or_nothing"],
                    dry_run=options["dry_run"],
                    problems_to=problems_to,
                )
            except TableError as error:
                raise CommandError(str(error)) from error
            self._print(report)
        if report.rejected:
            sys.exit(1)

    def _print(self, report: Report) -> None:
        counts = report.counts()
        # These words stay as they are in every language: other programs read them.
        self.stdout.write(
            "rows read: %(read)d, new: %(new)d, changed: %(changed)d, "
            "unchanged: %(unchanged)d, rejected: %(rejected)d" % counts
        )
        for note in report.notes:
            self.stdout.write(note)
        for problem in report.problems[:SHOWN]:
            self.stderr.write(
                _("line %(line)d, %(column)s “%(value)s”: %(reason)s") % problem._asdict()
                if problem.column
                else _("line %(line)d: %(reason)s") % problem._asdict()
            )
        more = report.problem_count - min(SHOWN, len(report.problems))
        if more > 0:
            self.stderr.write(
                _("… and %(more)d more. --problems FILE writes all of them.") % {"more": more}
            )


def _sink(file: str | None):
    """The open file for the bad rows, if one was named."""
    if not file:
        return nullcontext()
    try:
        return open(file, "w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise commands.unwritable(file, error) from None


def _user() -> str:
    """Who runs the command, for the record."""
    try:
        return f"command ({getpass.getuser()})"
    except (KeyError, OSError):
        return "command"
