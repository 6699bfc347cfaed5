"""How the tests run an import: by "tester", on the town's today."""

from marketing_ops.imports import run_import
from tests.town import TODAY

from .files import csv_file


def run(kind, *lines, today=TODAY, **options):
    return run_import(kind, csv_file(*lines), by="tester", today=today, title="test.csv", **options)


def counts(report) -> tuple[int, int, int, int]:
    """(new, changed, unchanged, rejected), after checking that they are all rows."""
    found = (report.new, report.changed, report.unchanged, report.rejected)
    assert sum(found) == report.read
    return found


def places(report) -> list[tuple[int, str]]:
    """(line, column) of every problem."""
    return [(problem.line, problem.column) for problem in report.problems]
