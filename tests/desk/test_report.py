"""What a person reads and takes away after an import."""

import csv
import gzip
import io
import zipfile
from datetime import timedelta

from django.utils import timezone

from customers.models import Customer, CustomerProperties, Licence
from inventory.models import ShopDay
from marketing_ops.audit.models import Entry
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Upload
from tests.desk.conftest import problems_of
from tests.imports.files import (
    CUSTOMER_HEADER,
    LEDGER_HEADER,
    shop,
    text,
    with_part,
    xlsx_file,
)
from tests.pages.conftest import text_of

BAD = (
    CUSTOMER_HEADER,
    shop("L8"),
    shop("L9", scale="huge"),
    shop("=1+1", name="=cmd|' /C calc'!A0"),
    shop("L10", area="@SUM(A1)", opened_on="-3"),
)


def downloaded(response) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode()
    assert content.startswith("\ufeff")
    assert "attachment" in response.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))


def test_every_problem_stands_with_its_place_and_cure(desk):
    upload = desk.imported(BAD)
    assert (3, "scale", "huge") in problems_of(upload)
    words = text_of(desk.get("district1", f"/imports/{upload.pk}/"))
    assert "3 scale huge" in words
    assert f"{upload.problem_count} problems" in words


def test_problems_can_be_searched_and_have_pages(desk):
    rows = [shop(f"M{number}", scale=f"wrong{number}") for number in range(60)]
    upload = desk.imported([CUSTOMER_HEADER, *rows])
    address = f"/imports/{upload.pk}/"
    assert "wrong0" in text_of(desk.get("admin1", address))
    assert "wrong59" not in text_of(desk.get("admin1", address))
    assert "wrong59" in text_of(desk.get("admin1", address, page=2))
    found = text_of(desk.get("admin1", address, q="wrong59"))
    assert "wrong59" in found
    assert "wrong58" not in found
    by_line = text_of(desk.get("admin1", address, q="61"))
    assert "wrong59" in by_line
    assert "No problem fits" in text_of(desk.get("admin1", address, q="%nothing"))


def test_the_list_of_problems_runs_nothing_in_a_spreadsheet(desk):
    upload = desk.imported(BAD)
    head, *rows = downloaded(desk.get("district1", f"/imports/{upload.pk}/problems.csv"))
    assert head == ["line", "column", "value", "reason"]
    assert len(rows) == upload.problem_count
    assert {row[0] for row in rows} == {"3", "4", "5"}
    assert all(cell[:1] not in "=+-@" for row in rows for cell in row if cell)


def test_rejected_rows_come_back_with_their_reasons_and_can_be_handed_in_again(desk):
    upload = desk.imported(BAD)
    head, *rows = downloaded(desk.get("admin1", f"/imports/{upload.pk}/rejected.csv"))
    assert head == [*CUSTOMER_HEADER.split(","), "reason for rejection"]
    assert [row[0] for row in rows] == ["L9", "'=1+1", "L10"]
    assert all(cell[:1] not in "=+@" for row in rows for cell in row if cell)
    assert all(row[-1] for row in rows)
    # Corrected in a spreadsheet, they go in; the further column is left out.
    rows[0][4] = "小"
    answer = io.StringIO()
    csv.writer(answer).writerows([head, rows[0]])
    again = desk.imported(answer.getvalue().encode(), name="corrected.csv")
    assert Licence.objects.filter(number="L9").exists()
    assert any("reason for rejection" in note for note in again.notes)


def test_negative_numbers_stay_numbers_in_the_rejected_rows(desk):
    header = f"{LEDGER_HEADER},transferred"
    upload = desk.imported([header, "2024-06-01,L1,6902,10,0,1,9,-3"], kind="ledger")
    [row] = downloaded(desk.get("admin1", f"/imports/{upload.pk}/rejected.csv"))[1:]
    assert row[-2] == "-3"


def test_a_file_of_formulas_goes_in_nowhere_and_is_shown_as_text(desk):
    formulas = ('=HYPERLINK("http://x")', "=1+1", "=cmd|' /C calc'!A0", "#REF!")
    rows = [shop(f"F{number}", name=f'"{formula.replace(chr(34), chr(34) * 2)}"')
            for number, formula in enumerate(formulas)]  # fmt: skip
    before = Customer.objects.count()
    upload = desk.imported([CUSTOMER_HEADER, *rows])
    assert Customer.objects.count() == before
    assert upload.problem_count == len(formulas)
    page = desk.get("admin1", f"/imports/{upload.pk}/")
    assert all(formula in text_of(page) for formula in formulas)


def test_rare_characters_of_gb18030_arrive_as_they_are(desk):
    name, value = "𠮷䶮㙍烟酒店", "㐀𪚥巨"
    content = text(CUSTOMER_HEADER, shop("L8", name=name), shop("L9", scale=value))
    upload = desk.imported(content.encode("gb18030"), name="𠮷.csv")
    assert CustomerProperties.objects.filter(name=name).exists()
    assert value in text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    [row] = downloaded(desk.get("admin1", f"/imports/{upload.pk}/problems.csv"))[1:]
    assert row[2] == value


def test_a_bomb_of_an_archive_is_refused_in_words(desk):
    book = xlsx_file([CUSTOMER_HEADER.split(",")])
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    bomb = with_part(book, "xl/sharedStrings.xml", sheet + b" " * (70 << 20))
    assert len(bomb.getvalue()) < 1 << 20
    upload = desk.imported(bomb, name="bomb.xlsx")
    assert upload.status == Upload.Status.FAILED
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "Not imported." in words
    assert upload.error in words
    assert "Error" not in upload.error
    assert "Traceback" not in words


def test_a_file_of_another_kind_is_refused_with_the_columns_it_lacks(desk):
    upload = desk.imported((CUSTOMER_HEADER, shop("L8")), kind="orders")
    assert "The header lacks these columns" in upload.error
    listed = text_of(desk.get("admin1", "/imports/"))
    assert "The header lacks these columns" in listed
    assert "TableError" not in listed


def test_empty_and_unreadable_files_are_refused_in_words(desk):
    broken = gzip.compress(text(*BAD).encode())[:-20]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.txt", "no workbook")
    for number, content in enumerate((b"", broken, archive.getvalue(), b"\xd0\xcf\x11\xe0old")):
        upload = desk.imported(content, name=f"{number}")
        assert upload.status == Upload.Status.FAILED
        assert upload.error[-1] == "."
        assert "Error" not in upload.error


def test_texts_that_the_database_cannot_keep_do_not_lose_the_report(desk):
    content = text(CUSTOMER_HEADER, shop("L8", name="a\0b"), shop("L9")).encode()
    upload = desk.imported(content)
    assert upload.status == Upload.Status.DONE
    assert problems_of(upload)[0][:2] == (2, "name")


def test_what_changed_is_read_from_the_audit_trail_of_this_run(desk):
    upload = desk.imported((CUSTOMER_HEADER, shop("L1", name="新名字", opened_on="2019-01-01")))
    words = text_of(desk.get("district1", f"/imports/{upload.pk}/"))
    assert "licence_no L1" in words
    assert "name: 张江一店 → 新名字" in words
    assert "group: 顺达便利 → —" in words
    run = upload.runs.get()
    assert Entry.objects.filter(action="import", details__run=run.pk).count() == 1
    assert "licence_no L1" not in text_of(
        desk.get("district1", f"/imports/{desk.imported((CUSTOMER_HEADER, shop('L8'))).pk}/")
    )


def test_a_trial_changes_nothing_and_leads_to_the_real_import(desk):
    trial = desk.imported((CUSTOMER_HEADER, shop("L8")), dry_run="on")
    words = text_of(desk.get("admin1", f"/imports/{trial.pk}/"))
    assert "What would happen" in words
    assert "New 1" in words
    assert not Licence.objects.filter(number="L8").exists()
    answer = desk.post("admin1", f"/imports/{trial.pk}/again/")
    desk.queue.work()
    assert Licence.objects.filter(number="L8").exists()
    assert answer.url != f"/imports/{trial.pk}/"


def test_what_was_rejected_for_want_of_a_shop_goes_in_once_more(desk):
    ledger = (LEDGER_HEADER, "2024-06-01,L8,6902,10,0,1,9")
    first = desk.imported(ledger, kind="ledger")
    assert first.problem_count
    desk.imported((CUSTOMER_HEADER, shop("L8")))
    answer = desk.post("admin1", f"/imports/{first.pk}/again/")
    desk.queue.work()
    assert Upload.objects.get(pk=answer.url.split("/")[2]).problem_count == 0
    assert ShopDay.objects.count() == 1


def test_files_go_after_their_time_and_the_history_stays(desk):
    upload = desk.imported(BAD)
    twin = desk.imported(BAD, effective="2024-06-01")
    later = timezone.now() + timedelta(days=uploads.KEPT_DAYS, hours=1)
    Upload.objects.filter(pk=twin.pk).update(uploaded_at=later)
    assert uploads.sweep(now=later) == 1
    assert uploads.path_of(upload).exists(), "the younger import needs the same content"
    Upload.objects.filter(pk=twin.pk).update(uploaded_at=timezone.now())
    assert uploads.sweep(now=later) == 1
    assert not uploads.path_of(upload).exists()
    words = text_of(desk.get("admin1", f"/imports/{upload.pk}/"))
    assert "no longer kept" in words
    assert "New 1" in words
    for path in ("problems.csv", "rejected.csv", "file/"):
        assert desk.get("admin1", f"/imports/{upload.pk}/{path}").status_code == 404
    answer = desk.client("admin1").post(f"/imports/{upload.pk}/again/", follow=True)
    assert "Upload it again" in text_of(answer)


def test_the_file_itself_comes_back_byte_by_byte_for_administrators(desk):
    content = text(*BAD).encode("gb18030")
    upload = desk.imported(content, name="门店 1.csv")
    answer = desk.get("admin1", f"/imports/{upload.pk}/file/")
    assert b"".join(answer.streaming_content) == content
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert desk.get("district1", f"/imports/{upload.pk}/file/").status_code == 403


def test_empty_files_have_the_columns_in_both_languages(desk):
    for language, first in (("zh", "许可证号"), ("en", "licence_no")):
        answer = desk.get("admin1", f"/imports/empty/customers-{language}.csv")
        assert answer.content.decode().startswith(f"\ufeff{first},")
    assert desk.get("admin1", "/imports/empty/nothing-zh.csv").status_code == 404
    for kind in ("customers", "products", "ledger", "orders", "events"):
        assert f"/imports/empty/{kind}-zh.csv" in desk.get("admin1", "/imports/").content.decode()


def test_an_empty_file_filled_in_is_accepted(desk):
    header = desk.get("admin1", "/imports/empty/ledger-zh.csv").content.decode()
    upload = desk.imported(f"{header}2024-06-01,L1,6902,10,0,1,9,0,pos\r\n".encode(), kind="ledger")
    assert (upload.problem_count, ShopDay.objects.count()) == (0, 1)


def test_the_history_can_be_narrowed_down(desk):
    desk.imported((CUSTOMER_HEADER, shop("L8")), name="shops-a.csv")
    desk.imported((CUSTOMER_HEADER, shop("L9")), name="shops-b.csv")
    desk.imported((CUSTOMER_HEADER, shop("L9")), name="wrong.csv", kind="orders")

    def listed(**questions):
        page = text_of(desk.get("district1", "/imports/", **questions))
        return {name for name in ("shops-a.csv", "shops-b.csv", "wrong.csv") if name in page}

    assert listed() == {"shops-a.csv", "shops-b.csv", "wrong.csv"}
    assert listed(q="-a.") == {"shops-a.csv"}
    assert listed(kind="orders") == {"wrong.csv"}
    assert listed(status="failed") == {"wrong.csv"}
    assert listed(by="admin1", since="2020-01-01") == listed()
    assert listed(until="2020-01-01") == set()
    assert listed(status="nonsense", since="31 June") == listed()


def test_reports_are_written_in_the_language_of_who_handed_the_file_in(desk):
    from django.conf import settings

    desk.client("admin1").cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    upload = desk.imported(BAD)
    assert "不" in upload.problems.first().reason or "请" in upload.problems.first().reason
