"""`import_data` as the user types it."""

import io
import os

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from marketing_ops.audit.models import Entry
from marketing_ops.imports import KINDS
from marketing_ops.runs.models import Run

from .files import CUSTOMER_HEADER, shop, text


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "客户.csv"
    path.write_text(text(CUSTOMER_HEADER, shop("L8"), shop("L9")), encoding="gb18030")
    return path


def import_data(*arguments):
    out, errors = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(
            "import_data", *map(str, arguments), "--language=en", stdout=out, stderr=errors
        )
    except SystemExit as stopped:
        code = stopped.code
    return code, out.getvalue(), errors.getvalue()


def test_it_prints_the_counts_and_ends_with_0(db, file):
    code, out, errors = import_data("customers", file)
    assert code == 0
    assert "rows read: 2, new: 2, changed: 0, unchanged: 0, rejected: 0" in out
    assert "am01" in out
    assert errors == ""
    run = Run.objects.get()
    assert (run.kind, run.status, run.counts["new"]) == ("import", "done", 2)
    assert run.title == "customers 客户.csv"
    assert Entry.objects.get(action="import").subject == "customers 客户.csv"


def test_a_rejected_row_ends_it_with_1_and_is_named(db, file):
    file.write_text(text(CUSTOMER_HEADER, shop("L8"), shop("L9", scale="巨")), encoding="utf-8")
    code, out, errors = import_data("customers", file)
    assert code == 1
    assert "rejected: 1" in out
    assert "line 3, scale “巨”:" in errors
    assert Customer.objects.count() == 1


def test_a_file_that_cannot_be_read_ends_it_with_the_reason(db, tmp_path):
    file = tmp_path / "empty.csv"
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="empty") as error:
        import_data("customers", file)
    assert error.value.returncode == 1
    assert Run.objects.get().status == "failed"


def test_trial_run_effective_and_all_or_nothing_are_handed_on(db, file):
    code, out, _errors = import_data("customers", file, "--dry-run", "--all-or-nothing")
    assert code == 0
    assert "nothing was imported" in out
    assert Customer.objects.count() == 0
    import_data("customers", file, "--effective", "2024-03-01")
    shop_ = Customer.objects.first()
    assert str(shop_.properties.get().period.lower) == "2024-03-01"


def test_all_problems_go_into_the_file_that_was_asked_for(db, file, tmp_path):
    rows = [shop(f"L{n}", scale="巨") for n in range(60)]
    file.write_text(text(CUSTOMER_HEADER, *rows), encoding="utf-8")
    problems = tmp_path / "problems.csv"
    code, _out, errors = import_data("customers", file, "--problems", problems)
    assert code == 1
    assert "10 more" in errors
    assert len(problems.read_text(encoding="utf-8-sig").splitlines()) == 61


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("chinese", [True, False])
def test_a_template_is_a_file_that_can_be_imported(db, tmp_path, kind, chinese):
    file = tmp_path / "template.csv"
    file.write_text(kind.template(chinese=chinese), encoding="utf-8-sig")
    code, out, _errors = import_data(kind.name, file)
    assert code == 0
    assert "rows read: 0" in out


def test_a_damaged_file_full_of_nuls_ends_with_the_reason(db, tmp_path):
    file = tmp_path / "nul.csv"
    file.write_bytes(bytes(1000))
    with pytest.raises(CommandError, match="lacks these columns"):
        import_data("ledger", file)
    assert "␀" in Run.objects.get().error


def test_a_pipe_is_refused_instead_of_waited_for(db, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CommandError, match="Save the table to a file first"):
        import_data("ledger", pipe)


def test_a_day_that_is_none_is_refused(db, file):
    with pytest.raises(CommandError, match="--effective “spring” is not a day"):
        import_data("customers", file, "--effective", "spring")


def test_a_list_of_problems_that_cannot_be_written_is_said_before_anything_goes_in(db, file):
    with pytest.raises(CommandError, match="cannot be written"):
        import_data("customers", file, "--problems", file.parent / "missing" / "p.csv")
    assert not Customer.objects.exists()
