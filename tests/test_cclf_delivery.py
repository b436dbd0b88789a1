"""What a feed is refused for, what is only counted, and what changes nothing."""

import random
from pathlib import Path

import duckdb
import pytest

from cclf_files import PERSON, archive, file_name, record, texts, write
from load_tables import load_it
from openvbc.errors import InputError
from openvbc.sources.cclf.layout import fields, read_lengths, record_lengths
from test_cclf import MBI, SIGNED, claims, example

OLD_MBI = "1EG4TE5MK73"


def refused(tmp_path: Path, source: Path) -> str:
    with pytest.raises(InputError) as error:
        load_it(tmp_path / "data", source)
    assert not list((tmp_path / "data").glob("loads/[!.]*"))
    return str(error.value)


def test_layouts_have_no_gap_and_end_where_their_records_end() -> None:
    """Every field begins after the one before it; a shorter record ends with a whole field."""
    for file, its in fields().items():
        if file == "opt_out":
            continue
        starts = [1, *(it.last + 1 for it in its[:-1])]
        assert [it.first for it in its] == starts, file
        assert set(read_lengths(file)) <= {it.last for it in its}, file
        assert its[-1].last == record_lengths(file)[-1], file


def test_records_of_another_length_are_refused_with_their_line(tmp_path: Path) -> None:
    tables = example()
    tables["cclf5"][4] = tables["cclf5"][4][:-1]
    source = write(tmp_path / "in", tables)
    found = refused(tmp_path, source)
    assert f"{file_name('cclf5')}:5: found a CCLF5 record of 387 characters, expected 388" in found


def test_a_file_cut_off_within_a_record_and_between_two(tmp_path: Path) -> None:
    source = write(tmp_path / "in", example())
    path = source / file_name("cclf5")
    whole = path.read_text()
    path.write_text(whole[: 389 * 4 + 100])
    assert "found a CCLF5 record of 100 characters, expected 388" in refused(tmp_path, source)
    path.write_text(whole[: 389 * 4])
    assert "found 4 records, expected 9 as" in refused(tmp_path, source)


def test_a_file_that_begins_with_blanks_is_not_taken_for_empty(tmp_path: Path) -> None:
    """Found by damage: a blank first record once hid the others."""
    tables = example()
    tables["cclf5"][0] = " " * 388
    tables["cclf5"].append(" " * 3)
    assert ":10: found a CCLF5 record of 3 characters" in refused(
        tmp_path, write(tmp_path / "in", tables)
    )


def test_an_older_layout_is_known_by_its_length(tmp_path: Path) -> None:
    """Until 2021 CCLF1 had 292 characters: the provider's number is the one at 14 to 19."""
    values = {
        "cur_clm_uniq_id": "0000000000009",
        "prvdr_oscar_num": "210001",
        "bene_mbi_id": MBI,
        "clm_from_dt": "2019-03-01",
        "clm_thru_dt": "2019-03-04",
        "clm_pmt_amt": "12.34",
        "clm_adjsmt_type_cd": "0",
        "clm_efctv_dt": "2019-03-20",
    }
    tables = {"cclf1": [record("cclf1", values, 292)], "cclf8": [record("cclf8", PERSON)]}
    load_it(tmp_path / "data", write(tmp_path / "in", tables))
    assert claims(tmp_path / "data", "SELECT facility_ccn, paid_cents FROM claim") == [
        ("210001", 12_34)
    ]


def test_the_summary_must_announce_what_is_there(tmp_path: Path) -> None:
    source = write(tmp_path / "in", example())
    (source / file_name("cclf5")).unlink()
    found = refused(tmp_path, source)
    assert f"{file_name('cclf0')}:6: announces 9 records of CCLF5, found no such file" in found
    (source / file_name("cclf0")).unlink()
    assert "found no summary (CCLF0)" in refused(tmp_path, source)


def test_a_month_between_two_others_is_missed_by_name(tmp_path: Path) -> None:
    for day in ("240213", "240412"):
        archive(tmp_path / "in", {"cclf8": [record("cclf8", PERSON)]}, day=day)
    assert "A1234 feed of 2024-03: found no delivery of this month" in refused(
        tmp_path, tmp_path / "in"
    )


def test_a_delivery_twice_in_one_load_is_named(tmp_path: Path) -> None:
    archive(tmp_path / "in" / "one", example())
    archive(tmp_path / "in" / "two", example())
    assert "has this file once more, with the same content" in refused(tmp_path, tmp_path / "in")


def test_the_same_records_in_a_later_delivery_are_redelivered(tmp_path: Path) -> None:
    data = tmp_path / "data"
    load_it(data, archive(tmp_path / "one", example(), day="240213"))
    result = load_it(data, archive(tmp_path / "two", example(), day="240312"))
    again = result.tables["medical_claim"]
    # 7 Part A records of one line each and 9 Part B lines
    assert (again.rows_in, again.accepted, again.redelivered) == (16, 0, 16)
    assert claims(data, SIGNED) == [("A", 260_00), ("B", 707_00)]


def test_rows_came_on_the_day_in_their_files_name(tmp_path: Path) -> None:
    """A history loaded in one go: each month's rows say what was known when CMS wrote them."""
    for day, tables in zip(("240213", "240312"), halves(), strict=True):
        archive(tmp_path / "in", tables, day=day)
    load_it(tmp_path / "data", tmp_path / "in")
    received = "SELECT CAST(received_on AS VARCHAR), sum(sign * paid_cents) FROM claim GROUP BY 1"
    # by February Part A 200 + 0 - 200 + 210 = 210 and Part B -607; March brings 50 and 1,314
    assert claims(tmp_path / "data", f"{received} ORDER BY 1") == [
        ("2024-02-13", 210_00 - 607_00),
        ("2024-03-12", 50_00 + 1314_00),
    ]
    assert every_table_has_days(tmp_path / "data") == {"2024-02-13", "2024-03-12"}


def every_table_has_days(data: Path) -> set[str]:
    """The days on the rows of all tables but that of the loads; None is a row without one."""
    found = data.glob("loads/*/*/**/*.parquet")
    paths = [str(path) for path in found if "source" not in path.parts]
    sql = f"SELECT DISTINCT CAST(received_on AS VARCHAR) FROM read_parquet(?, {UNITED})"
    with duckdb.connect() as connection:
        return {day for (day,) in connection.execute(sql, [paths]).fetchall()}


def test_the_order_of_rows_and_files_means_nothing(tmp_path: Path) -> None:
    keyed = (
        "SELECT claim_key, version_number, claim_line_number, version_type, paid_cents "
        "FROM claim ORDER BY ALL"
    )
    load_it(tmp_path / "one", write(tmp_path / "in", example()))
    shuffled = example()
    for rows in shuffled.values():
        random.Random(5).shuffle(rows)
    backwards = dict(reversed(list(shuffled.items())))
    load_it(tmp_path / "two", archive(tmp_path / "in2", backwards))
    assert claims(tmp_path / "two", keyed) == claims(tmp_path / "one", keyed)


def crosswalk(new: str, old: str) -> str:
    return record(
        "cclf9",
        {
            "hicn_mbi_xref_ind": "M",
            "crnt_num": new,
            "prvs_num": old,
            "prvs_id_efctv_dt": "2000-01-01",
            "prvs_id_obslt_dt": "2012-07-31",
        },
    )


def halves() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The worked example as two months: the first under an older MBI, the second with the link."""
    tables = example()
    cut = {"cclf1": 4, "cclf5": 3, "cclf8": 1}  # between two records, never within one
    old = {
        file: [row.replace(MBI, OLD_MBI) for row in rows[: cut[file]]]
        for file, rows in tables.items()
    }
    new = {file: rows[cut[file] :] for file, rows in tables.items()}
    new["cclf8"] = tables["cclf8"]
    new["cclf9"] = [crosswalk(MBI, OLD_MBI)]
    return old, new


UNITED = "union_by_name = true, hive_partitioning = false"
PEOPLE = (
    "SELECT count(DISTINCT person_id), count(DISTINCT claim_key), sum(sign * paid_cents) FROM claim"
)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_new_mbi_in_mid_year_is_the_same_person(tmp_path: Path, order: tuple[int, int]) -> None:
    """One person with three claims, whichever month is loaded first."""
    months = halves()
    for at in order:
        day = ("240213", "240312")[at]
        load_it(tmp_path / "data", archive(tmp_path / f"in{at}", months[at], day=day))
    assert claims(tmp_path / "data", PEOPLE) == [(1, 3, 967_00)]


def test_a_link_between_two_persons_of_earlier_loads_is_set_aside(tmp_path: Path) -> None:
    """Both were loaded before anything linked them: nobody's claims move silently."""
    data = tmp_path / "data"
    other = {**PERSON, "bene_mbi_id": OLD_MBI}
    both = {"cclf8": [record("cclf8", PERSON), record("cclf8", other)]}
    load_it(data, archive(tmp_path / "one", both, day="240213"))
    linked = {**both, "cclf9": [crosswalk(MBI, OLD_MBI)]}
    result = load_it(data, archive(tmp_path / "two", linked, day="240312"))
    assert result.tables["person_identifier"].quarantined == {"person_id is missing": 2}


def institutional(paid: str, lines: list[str], **more: str) -> dict[str, list[str]]:
    header = {
        "cur_clm_uniq_id": "0000000000009",
        "bene_mbi_id": MBI,
        "clm_from_dt": "2024-01-05",
        "clm_thru_dt": "2024-01-06",
        "clm_pmt_amt": paid,
        "clm_adjsmt_type_cd": "0",
        "clm_efctv_dt": "2024-01-20",
        "clm_idr_ld_dt": "2024-02-05",
        "clm_blg_prvdr_oscar_num": "210001",
        **more,
    }
    rows = [
        {"cur_clm_uniq_id": "0000000000009", "clm_line_num": at, "clm_line_cvrd_pd_amt": amount}
        for at, amount in enumerate(lines, start=1)
    ]
    return {
        "cclf1": [record("cclf1", header)],
        "cclf2": [record("cclf2", row) for row in rows],
        "cclf8": [record("cclf8", PERSON)],
    }


@pytest.mark.parametrize(
    ("paid", "lines", "expected"),
    [
        ("30.00", ["10.00", "20.00"], [10_00, 20_00]),  # they add up: they count
        ("35.00", ["10.00", "20.00"], [35_00, 0]),  # they do not: the header's, once
        ("35.00", ["0.00", "0.00"], [35_00, 0]),  # an inpatient stay paid by its DRG
        ("35.00", [], [35_00]),  # a header without a line
    ],
)
def test_revenue_centre_amounts(
    tmp_path: Path, paid: str, lines: list[str], expected: list[int]
) -> None:
    load_it(tmp_path / "data", archive(tmp_path / "in", institutional(paid, lines)))
    found = claims(tmp_path / "data", "SELECT paid_cents FROM claim ORDER BY claim_line_number")
    assert [cents for (cents,) in found] == expected


def test_part_a_is_denied_as_a_whole_and_stands_from_its_load_date(tmp_path: Path) -> None:
    tables = institutional("0.00", ["0.00", "0.00"], clm_mdcr_npmt_rsn_cd="N")
    load_it(tmp_path / "data", archive(tmp_path / "in", tables))
    # a past view: as of 2024-02-04 the record had not been loaded into CMS's repository
    sql = "SELECT denied, CAST(effective_on AS VARCHAR), CAST(paid_date AS VARCHAR) FROM claim"
    assert claims(tmp_path / "data", sql) == [(True, "2024-02-05", "2024-01-20")] * 2


@pytest.mark.parametrize(
    ("claim", "line", "denied"),
    [("1", "A", False), ("0", "A", True), ("1", "N", True), ("1", "S", False), ("", "", False)],
)
def test_part_b_is_denied_by_claim_or_by_line(
    tmp_path: Path, claim: str, line: str, denied: bool
) -> None:
    values = {
        "cur_clm_uniq_id": "0000000000009",
        "clm_line_num": 1,
        "bene_mbi_id": MBI,
        "clm_from_dt": "2024-01-05",
        "clm_thru_dt": "2024-01-05",
        "clm_line_cvrd_pd_amt": "0.00",
        "clm_adjsmt_type_cd": "0",
        "clm_efctv_dt": "2024-01-20",
        "clm_cntl_num": "C9",
        "clm_carr_pmt_dnl_cd": claim,
        "clm_prcsg_ind_cd": line,
    }
    tables = {"cclf5": [record("cclf5", values)], "cclf8": [record("cclf8", PERSON)]}
    load_it(tmp_path / "data", archive(tmp_path / "in", tables))
    assert claims(tmp_path / "data", "SELECT denied FROM claim") == [(denied,)]


def test_a_field_that_cannot_be_read_sets_its_record_aside(tmp_path: Path) -> None:
    """No value is repeated in the reason; the other records load."""
    tables = example()
    tables["cclf5"][0] = tables["cclf5"][0].replace("           0.00", "      not a sum")
    result = load_it(tmp_path / "data", archive(tmp_path / "in", tables))
    reason = "clm_line_cvrd_pd_amt: found text that is not dollars with two decimals"
    assert result.tables["cclf5"].quarantined == {reason: 1}
    assert result.tables["medical_claim"].accepted == 15


def opt_out(records: list[str], count: int) -> str:
    trailer = f"TRL_BENEDATASHR20240213{count:<10}"
    return "\n".join(["HDR_BENEDATASHR20240213", *records, trailer, ""])


def choice(**values: str) -> str:
    text = [" "] * 459
    for it in fields()["opt_out"]:
        text[it.first - 1 : it.last] = values.get(it.name, "").ljust(it.width)
    return "".join(text)


OPT_OUT = "P#EFT.ON.ACO.NGD1800.DPRF.D240213.T1234560"


def test_choices_about_sharing(tmp_path: Path) -> None:
    given = {
        "bene_mbi_id": MBI,
        "pref_efctv_dt": "20240201",
        "pref_src_cd": "1-800",
        "pref_ind": "N",
        "sud_efctv_dt": "20240201",
        "sud_src_cd": "1-800",
        "sud_pref_ind": "N",
    }
    silent = {"bene_mbi_id": OLD_MBI, "pref_efctv_dt": "20240201"}
    source = write(tmp_path / "in", {"cclf8": [record("cclf8", PERSON)]})
    (source / OPT_OUT).write_text(opt_out([choice(**given), choice(**silent)], 2))
    load_it(tmp_path / "data", source)
    path = tmp_path / "data" / "loads" / "*" / "sharing_preference" / "*.parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT identifier, preference, scope, CAST(effective_on AS VARCHAR) "
            f"FROM read_parquet('{path}') ORDER BY ALL"
        ).fetchall()
    assert rows == [
        (MBI, "withhold", "all", "2024-02-01"),
        (MBI, "withhold", "substance use", "2024-02-01"),
    ]


def test_an_opt_out_file_without_its_trailer_or_of_another_count(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for text, reason in (
        (opt_out([choice()], 1).split("TRL")[0], "found no trailer line"),
        (opt_out([choice()], 2), "found 1 records, expected 2 as the trailer says"),
    ):
        (source / OPT_OUT).write_text(text)
        assert reason in refused(tmp_path, source)


def test_files_under_other_names_are_refused_by_name(tmp_path: Path) -> None:
    source = write(tmp_path / "in", {"cclf8": [record("cclf8", PERSON)]})
    (source / file_name("cclf8")).rename(source / "P.A1234.ACO.ZC8Y24.D241340.T1234560")
    assert "found a name that is not well written" in refused(tmp_path, source)


@pytest.mark.parametrize("name", ["P.D0001.ACO", "P.K0001.ACO", "P.F001.ACO", "T.BCD.A0001"])
def test_names_of_other_programs(tmp_path: Path, name: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for given, text in texts({"cclf8": [record("cclf8", PERSON)]}).items():
        (source / given.replace("P.A1234.ACO", name)).write_text(text)
    assert load_it(tmp_path / "data", source).tables["person"].accepted == 1
