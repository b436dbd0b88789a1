"""What arrived: late, missing, twice, too small; held to what is declared or to the history.

Seven months of one payer (inventory_sample.seven_months): January to July, each due by the 15th of
the next month. March comes on 2 May, April never, June twice, July with half its rows.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import cclf_files
from cclf_files import record
from conftest import Vbc
from inventory_sample import (
    DECLARED,
    FIRST,
    claim,
    coverage,
    deliver,
    month_claims,
    people,
    seven_months,
    workspace,
)
from load_tables import load_it, write_source
from openvbc.errors import InputError
from openvbc.inventory.check import CHECKS
from openvbc.inventory.expectation import _MISSING_GROUP, read_expectations
from openvbc.inventory.inventory import Inventory, inventory
from openvbc.inventory.pattern import Slot
from openvbc.inventory.result import Result

AS_OF = date(2025, 9, 30)


def slots(found: Inventory) -> dict[str, Slot]:
    (history,) = found.histories
    return {f"{it.month:%Y-%m}": it for it in history.slots}


def failing(found: Inventory, group: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Check → severity and details, of those that fail."""
    return {
        it.check.id: (it.severity, it.details)
        for it in found.results
        if it.check.group == group and it.status == "fail"
    }


def result(found: Inventory, check: str) -> Result:
    (only,) = (it for it in found.results if it.check.id == check)
    return only


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    root = tmp_path_factory.mktemp("declared")
    space = workspace(root / "space", DECLARED)
    seven_months(space, root / "in")
    return inventory(space, AS_OF)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    root = tmp_path_factory.mktemp("learned")
    space = workspace(root / "space")
    seven_months(space, root / "in")
    return inventory(space, AS_OF)


# Declared in expectations.yaml


def test_each_month_says_how_it_arrived(declared: Inventory) -> None:
    """Due on the 15th of the next month; 2 May is 17 days after 15 April."""
    assert {month: (it.arrived, it.days_late) for month, it in slots(declared).items()} == {
        "2025-01": ("in time", 0),
        "2025-02": ("in time", 0),
        "2025-03": ("late", 17),
        "2025-04": ("missing", 0),
        "2025-05": ("in time", 0),
        "2025-06": ("in time", 0),
        "2025-07": ("in time", 0),
    }


def test_each_fault_is_named_once_with_its_severity(declared: Inventory) -> None:
    first, again = slots(declared)["2025-06"].deliveries
    copy = f"2025-06: load {again.load_id} of 2025-07-20 holds the files of load {first.load_id}"
    assert failing(declared, "arrival") == {
        "delivery_missing": ("error", ("2025-04: nothing came; it was due on 2025-05-15",)),
        "delivery_late": ("warning", ("2025-03: came 17 days after 2025-04-15",)),
        "delivery_repeated": ("warning", (copy,)),
        "delivery_rows": ("error", ("2025-07: medical_claim: 20 rows, expected 30 to 60",)),
    }


def test_a_month_not_yet_due_is_not_missing(tmp_path: Path) -> None:
    """On 15 February January may still come; on the 16th it is missing."""
    space = workspace(tmp_path / "space", DECLARED)
    arrived = {
        day: slots(inventory(space, day))["2025-01"].arrived
        for day in (date(2025, 2, 15), date(2025, 2, 16))
    }
    assert list(arrived.values()) == ["not due yet", "missing"]


def test_stated_totals_are_held_against_what_was_loaded(declared: Inventory) -> None:
    """40 claims of $100.00 are $4,000.00, as the letter says; June has its 40 rows, once."""
    assert [(it.what, it.text(it.loaded), it.agrees) for it in declared.controls] == [
        ("2025-01 medical_claim paid", "4,000.00", True),
        ("2025-06 medical_claim rows", "40", True),
    ]
    assert result(declared, "control_total").status == "pass"


def test_a_total_that_is_off_by_a_cent_fails(tmp_path: Path) -> None:
    space = workspace(tmp_path / "space", DECLARED.replace("value: 4000.00", "value: 4000.01"))
    deliver(space, tmp_path / "in", FIRST, date(2025, 2, 10))
    found = result(inventory(space, date(2025, 2, 28)), "control_total")
    assert (found.status, found.severity) == ("fail", "error")
    assert found.details == (
        "2025-01 medical_claim paid: stated 4,000.01, loaded 4,000.00 (letter 1)",
    )


def test_a_file_that_a_delivery_lacks_is_named(tmp_path: Path) -> None:
    space = workspace(tmp_path / "space", DECLARED.replace('"claims_*.csv"', '"drugs_*.csv"'))
    deliver(space, tmp_path / "in", FIRST, date(2025, 2, 10))
    found = result(inventory(space, date(2025, 2, 28)), "delivery_files")
    assert found.details == ("2025-01: no file drugs_*.csv",)


def test_the_month_can_be_read_from_the_files_names(tmp_path: Path) -> None:
    """A February file that holds only late January claims is still February's delivery."""
    pattern = r"month_in_name: 'claims_(?P<year>\d{4})_(?P<month>\d{2})'"
    space = workspace(
        tmp_path / "space", DECLARED.replace("due_day: 15", f"due_day: 15\n    {pattern}")
    )
    source = write_source(
        tmp_path / "in",
        medical_claim=list(month_claims(FIRST, 40)),
        person=people(),
        eligibility=coverage(),
    )
    (source / "medical_claim").mkdir()
    (source / "medical_claim.csv").rename(source / "medical_claim" / "claims_2025_02.csv")
    load_it(space.data, source, data_source="Made-up Mutual", received_on=date(2025, 3, 10))
    found = slots(inventory(space, date(2025, 3, 31)))
    assert (found["2025-01"].arrived, found["2025-02"].arrived) == ("missing", "in time")
    assert found["2025-02"].deliveries[0].month_told == "file name"


def test_the_same_rows_in_another_file_are_a_repeat(tmp_path: Path) -> None:
    """Other bytes, since the rows are turned round; not one row is new."""
    space = workspace(tmp_path / "space", DECLARED)
    deliver(space, tmp_path / "in", FIRST, date(2025, 2, 10))
    turned = write_source(tmp_path / "again", medical_claim=[*month_claims(FIRST, 40)][::-1])
    load_it(space.data, turned, data_source="Made-up Mutual", received_on=date(2025, 2, 12))
    found = failing(inventory(space, date(2025, 2, 28)), "arrival")
    assert set(found) == {"delivery_repeated"}
    assert found["delivery_repeated"][1][0].endswith("holds rows that all came before")


def test_expectations_are_refused_with_every_problem_and_its_line(tmp_path: Path) -> None:
    text = (
        "sources:\n"
        "  Made-up Mutual:\n"
        "    first: 2025-05\n"
        "    last: 2025-01\n"
        "    due_day: 15\n"
        "    month_in_name: '[0-9]+'\n"
        "checks:\n"
        "  npi_shap: {least: 0.5}\n"
    )
    space = workspace(tmp_path / "space", text)
    with pytest.raises(InputError) as refused:
        inventory(space, AS_OF)
    path = space.root / "expectations.yaml"
    assert [str(it) for it in refused.value.problems] == [
        f"{path}:8: there is no check npi_shap; did you mean npi_shape?",
        f"{path}:2: Made-up Mutual: last 2025-01 is before first 2025-05; swap them",
        f"{path}:2: month_in_name lacks a group; {_MISSING_GROUP}",
    ]


# Learned from the history


def test_a_pattern_is_learned_and_stated(learned: Inventory) -> None:
    """Six months came 10, 10, 32, 10, 10 and 10 days after their end: 10 is usual, the spread 0.

    From one to the next: 28, 53, 39, 30 and 31 days. The median is 31; the deviations from it are
    3, 22, 8, 1 and 0, whose median is 3.
    """
    (history,) = learned.histories
    assert history.pattern == (
        "learned from 6 deliveries: every 31 days (median; spread 3), 10 days after the month's "
        "end (median; spread 0), late after 5 more"
    )


def test_what_is_out_of_the_learned_pattern_warns_and_is_no_error(learned: Inventory) -> None:
    """July's 20 rows are below 0.6 × the median of 40; August was due on 31 August + 15 days."""
    found = failing(learned, "arrival")
    assert {name: severity for name, (severity, _) in found.items()} == {
        "delivery_missing": "warning",
        "delivery_late": "note",
        "delivery_repeated": "note",
        "delivery_rows": "warning",
    }
    assert found["delivery_missing"][1] == (
        "2025-04: nothing came; it was due on 2025-05-15",
        "2025-08: nothing came; it was due on 2025-09-15",
    )
    assert found["delivery_rows"][1] == ("2025-07: medical_claim: 20 rows, expected 24 to 65",)
    assert learned.fails == []


def test_too_few_deliveries_teach_nothing(tmp_path: Path) -> None:
    space = workspace(tmp_path / "space")
    deliver(space, tmp_path / "in", FIRST, date(2025, 2, 10))
    (history,) = inventory(space, AS_OF).histories
    assert history.pattern.startswith("no pattern: too few deliveries")
    assert [it.arrived for it in history.slots] == ["came"]


# Checks of what was loaded


def broken(space_root: Path, rows: list[dict[str, object]]) -> Inventory:
    """January with these claims instead of some of its own."""
    space = workspace(space_root / "space")
    source = write_source(
        space_root / "in",
        person=people(),
        eligibility=coverage(),
        medical_claim=[*month_claims(FIRST, 20), *rows],
    )
    load_it(space.data, source, data_source="Made-up Mutual", received_on=date(2025, 2, 10))
    return inventory(space, date(2025, 2, 28))


def test_a_day_after_receipt_is_an_error(tmp_path: Path) -> None:
    """Received on 10 February, a claim cannot be of the 11th."""
    late = {"claim_start_date": date(2025, 2, 11), "claim_end_date": date(2025, 2, 11)}
    rows = [
        dict(claim(f"F{it}", person_id="P1", effective_on="2025-02-01", **late)) for it in range(12)
    ]
    found = result(broken(tmp_path, rows), "after_receipt")
    assert (found.status, found.severity, found.found) == ("fail", "error", "12")


def test_shares_are_of_the_lines_that_stand(tmp_path: Path) -> None:
    """20 lines with an NPI of ten digits and 30 with one of nine: 20 of 50 are 40 %."""
    days = {"claim_start_date": "2025-01-12", "claim_end_date": "2025-01-12"}
    rows = [
        dict(claim(f"N{it}", effective_on="2025-02-01", **days, rendering_npi="123456789"))
        for it in range(30)
    ]
    found = result(broken(tmp_path, rows), "npi_shape")
    assert (found.status, found.found, found.threshold) == (
        "fail",
        "40% (20 of 50)",
        "at least 99%",
    )


@pytest.mark.parametrize(
    ("wrong", "found"),
    [(0, "100% (20 of 20)"), (4, "all but 1–10 of 24"), (30, "40% (20 of 50)")],
)
def test_small_counts_are_not_shown_nor_what_they_follow_from(
    tmp_path: Path, wrong: int, found: str
) -> None:
    """Of 24 lines 4 fail: neither 4 nor 20 nor the share of 83.3 % may be shown."""
    days = {"claim_start_date": "2025-01-12", "claim_end_date": "2025-01-12"}
    rows = [
        dict(claim(f"N{it}", effective_on="2025-02-01", **days, rendering_npi="X"))
        for it in range(wrong)
    ]
    inventoried = broken(tmp_path, rows)
    assert result(inventoried, "npi_shape").found == found
    shown = json.dumps([it for it in inventoried.to_json()["checks"] if it["check"] == "npi_shape"])
    assert ("83.3" in shown, '"part": 20' in shown) == (False, wrong != 4)


def test_a_workspace_may_set_its_own_threshold_and_severity(tmp_path: Path) -> None:
    """No claim has a diagnosis: a warning of the package, an error here, and fine below 0."""
    found = {}
    for name, text in {
        "package": "checks: {}",
        "severe": "checks: {diagnosis_present: {severity: error}}",
        "lenient": "checks: {diagnosis_present: {least: 0}}",
    }.items():
        space = workspace(tmp_path / name, text)
        deliver(space, tmp_path / f"in-{name}", FIRST, date(2025, 2, 10))
        it = result(inventory(space, date(2025, 2, 28)), "diagnosis_present")
        found[name] = (it.status, it.severity)
    assert found == {
        "package": ("fail", "warning"),
        "severe": ("fail", "error"),
        "lenient": ("pass", "warning"),
    }


def test_a_month_far_from_the_median_month_is_named(tmp_path: Path) -> None:
    """Nine months of 40 claims, but March has 20: 0.5 × the median, below 0.6.

    The latest three months are not held: their claims are still coming.
    """
    space = workspace(tmp_path / "space")
    for number in range(1, 11):
        month = date(2025, number, 1)
        count = 20 if number in (3, 9) else 40
        following = date(2025, number + 1, 10)
        deliver(space, tmp_path / f"{number}", month, following, claims=count)
    found = result(inventory(space, date(2025, 11, 30)), "claims_per_member")
    assert (found.status, found.details) == ("fail", ("2025-03: 0.50 × the median",))


# The command


def test_the_command_shows_and_writes_and_fails_on_errors(tmp_path: Path, vbc: Vbc) -> None:
    space = workspace(tmp_path / "space", DECLARED)
    seven_months(space, tmp_path / "in")
    code, printed, _ = vbc("sources", "-w", space.root, "--as-of", AS_OF)
    assert code == 1
    assert "late 17 days" in printed
    page = (space.root / "inventory" / "sources.html").read_text(encoding="utf-8")
    for word in ("late 17 d", "missing", "in time · twice", "in time · rows", "2 errors"):
        assert word in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    for name in ("completion_factor.csv", "triangle.csv"):
        assert (space.root / "inventory" / name).read_text(encoding="utf-8").startswith("payer,")


def test_json_names_no_person_and_a_dry_run_writes_nothing(tmp_path: Path, vbc: Vbc) -> None:
    space = workspace(tmp_path / "space", DECLARED)
    deliver(space, tmp_path / "in", FIRST, date(2025, 2, 10))
    code, printed, _ = vbc(
        "sources", "-w", space.root, "--as-of", "2025-02-28", "--json", "--dry-run"
    )
    found = json.loads(printed)
    assert (code, found["schema"]) == (0, "openvbc.inventory/1")
    assert not (space.root / "inventory").exists()
    assert '"P1"' not in printed


def test_a_cclf_summary_is_a_control_total(tmp_path: Path) -> None:
    """CCLF0 announces how many records each file holds; one person is in CCLF8, none elsewhere."""
    space = workspace(tmp_path / "space")
    source = cclf_files.write(tmp_path / "in", {"cclf8": [record("cclf8", cclf_files.PERSON)]})
    load_it(space.data, source, data_source="CMS", received_on=date(2026, 1, 20))
    found = inventory(space, date(2026, 1, 31))
    totals = {it.what.rsplit(maxsplit=2)[-2]: it for it in found.controls}
    assert [totals["cclf8"].stated, totals["cclf8"].loaded] == [Decimal(1), Decimal(1)]
    assert result(found, "control_total").status == "pass"


def test_a_workspace_without_loads_has_an_empty_inventory(tmp_path: Path, vbc: Vbc) -> None:
    """And what is declared and due is missing."""
    bare = workspace(tmp_path / "bare")
    assert vbc("sources", "-w", bare.root)[0] == 0
    due = workspace(tmp_path / "due", DECLARED)
    assert vbc("sources", "-w", due.root, "--as-of", AS_OF)[0] == 1


def test_the_page_about_it_names_every_check_and_its_example_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "inventory.md").read_text(encoding="utf-8")
    assert [name for name in CHECKS if f"`{name}`" not in text] == []
    example = text.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "expectations.yaml").write_text(example, encoding="utf-8")
    lakeside = read_expectations(tmp_path).of("Lakeside CCLF")
    assert lakeside is not None
    assert lakeside.due(FIRST) == date(2025, 2, 22)  # the 20th and two days of grace
