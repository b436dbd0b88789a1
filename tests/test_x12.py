"""X12 files, segment by segment: separators, envelopes, balances, and what becomes a claim."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import load_it
from openvbc.errors import InputError
from openvbc.sources.archive import delivered
from openvbc.sources.x12.format import FORMAT
from openvbc.sources.x12.tokens import read_segments
from x12_sample import claim, interchange, land, payment

PAID = """
CLP*C1*1*150*100*20*12*ICN1*11*1
NM1*QC*1*DOE*JANE****MI*M1
SVC*HC:99213*100*80**1
DTM*472*20250105
CAS*PR*2*20
AMT*B6*100
SVC*HC:80053*50*20**1
DTM*472*20250105
CAS*CO*45*30
"""


def rows(data: Path, table: str, columns: str) -> list[Any]:
    """Loaded rows of a table, in order."""
    path = f"{data}/loads/*/{table}/**/*.parquet"
    with duckdb.connect(config={"threads": 1}) as connection:
        sql = (
            f"SELECT {columns} FROM read_parquet('{path}', hive_partitioning = false) ORDER BY ALL"
        )
        return connection.execute(sql).fetchall()


def source(folder: Path, **files: str) -> Path:
    """A folder of files."""
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.x12").write_text(content, encoding="utf-8")
    return folder


class TestSegments:
    """The header says what separates; line breaks mean nothing unless they end segments."""

    @pytest.mark.parametrize(("element", "end"), [("*", "~"), ("|", "~"), ("*", "\n"), ("^", "'")])
    def test_separators_come_from_the_header(self, tmp_path: Path, element: str, end: str) -> None:
        text = interchange("837P", claim()).replace("*^*", "*U*").replace("~\n", "~")
        found = land(tmp_path, text.replace("*", element).replace("~", end))
        assert [it["claim_number"] for it in found["claim"]] == ["C1"]

    def test_lines_wrapped_at_80_characters_are_the_same_file(self, tmp_path: Path) -> None:
        text = interchange("837P", claim()).replace("\n", "")
        head, body = text[:106], text[106:]
        wrapped = head + "\r\n".join(body[at : at + 80] for at in range(0, len(body), 80))
        assert land(tmp_path / "a", wrapped) == land(tmp_path / "b", text)

    def test_a_file_is_read_in_pieces_with_positions(self, tmp_path: Path) -> None:
        """200 sets of 22 segments, with ST and SE, and ISA, GS, GE, IEA: 4,404 segments."""
        path = tmp_path / "big.x12"
        path.write_text(interchange("837P", *[claim(f"C{it}") for it in range(200)]))
        positions = [it.position for it in read_segments(path, "big.x12")]
        assert positions == list(range(1, 4 + 200 * 22 + 1))

    @pytest.mark.parametrize("content", ["", "hello", "ISA*00", "<xml/>", "ISA" + "A" * 200])
    def test_what_is_no_interchange_is_refused(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(InputError, match=r"file.x12:1: found .*, expected"):
            land(tmp_path, content)

    def test_a_cut_off_file_is_refused_with_the_segment_reached(self, tmp_path: Path) -> None:
        text = interchange("837P", claim())
        with pytest.raises(InputError, match=r"file.x12:\d+: found the end of the file"):
            land(tmp_path, text[: len(text) // 2])


class TestEnvelopes:
    """Counts and control numbers, and how far a fault reaches."""

    def test_a_wrong_count_rejects_its_set_and_no_other(self, tmp_path: Path) -> None:
        text = interchange("837P", claim("C1"), claim("C2")).replace("SE*22*0001", "SE*21*0001")
        found = land(tmp_path, text)
        assert [it["claim_number"] for it in found["claim"]] == ["C2"]
        # ST is segment 3 and SE segment 24; CLM is the 13th of the set
        assert [(it["table"], it["row_number"]) for it in found["aside"]] == [
            ("transaction", 3),
            ("claim", 15),
        ]
        assert found["aside"][0]["reason"] == "SE01 holds another count (segment 24, SE)"

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("SE*22*0002", "SE*22*0009", "SE02 holds another control number"),
            ("GE*2*1~", "GE*3*1~", "GE01 holds another count"),
            ("GE*2*1~", "GE*2*7~", "GE02 holds another control number"),
            ("GE*2*1~\n", "", "found no GE"),
            ("IEA*1*000000001", "IEA*2*000000001", "IEA01 holds another count"),
            ("IEA*1*000000001", "IEA*1*000000008", "IEA02 holds another control number"),
            ("ST*837*0002*", "ST*837*0001*", "found a set control number a second time"),
            ("SE*22*0001~\n", "", "found no SE"),
            ("ST*837*0002*005010X222A1", "ST*837*0002*005010X299", "found a transaction set or"),
        ],
    )
    def test_each_envelope_is_checked(
        self, tmp_path: Path, old: str, new: str, reason: str
    ) -> None:
        text = interchange("837P", claim("C1"), claim("C2"))
        assert old in text
        found = land(tmp_path, text.replace(old, new))
        assert any(it["reason"].startswith(reason) for it in found["aside"])
        sets = len(found.get("transaction", ()))
        assert sets + sum(it["table"] == "transaction" for it in found["aside"]) == 2

    def test_an_interchange_that_comes_twice_in_a_file_counts_once(self, tmp_path: Path) -> None:
        text = interchange("837P", claim())
        found = land(tmp_path, text + text)
        assert len(found["claim"]) == 1
        assert found["aside"][0]["reason"].startswith(
            "found an interchange control number a second"
        )

    def test_two_files_with_one_control_number_and_different_content_are_named(
        self, tmp_path: Path
    ) -> None:
        a, b = interchange("837P", claim("C1")), interchange("837P", claim("C2"))
        folder = source(tmp_path / "in", a=a, b=b, same_as_a=a)
        found = list(FORMAT.check(delivered(folder, tmp_path / "opened")))
        assert [it.where for it in found] == ["b.x12"]
        assert "interchange control number of a.x12" in found[0].what

    def test_a_control_character_rejects_its_set(self, tmp_path: Path) -> None:
        text = interchange("837P", claim()).replace("DOE", "D\x00E")
        found = land(tmp_path, text)
        assert found["aside"][0]["reason"].startswith("found a control character")


class TestClaims:
    """837: what a claim must have."""

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("CLM*C1*150", "CLM*C1*151", "charges of the lines do not make the claim's"),
            ("CLM*C1*150", "CLM*C1*15x", "CLM02 is no amount"),
            ("CLM*C1*", "CLM**", "CLM01 is empty"),
            ("DTP*472*D8*20250105", "DTP*472*D8*20250132", "DTP03 is no date"),
            ("DTP*472*D8*20250105", "DTP*434*TT*", "found no day of service"),
            ("LX*2", "LX*1", "two lines have one number"),
            ("****MI*M1", "", "found no member number"),
            ("11:B:1", "11:B:", "CLM05 has no known frequency code"),
            ("HI*ABK:E119*ABF:I10", "HI*ABK:E119*ABK:I10", "HI02 names a second principal code"),
        ],
    )
    def test_a_faulty_claim_is_set_aside_whole(
        self, tmp_path: Path, old: str, new: str, reason: str
    ) -> None:
        good = claim("C2").replace("DOE", "ROE")
        text = interchange("837P", claim("C1").replace(old, new), good)
        found = land(tmp_path, text)
        assert [it["claim_number"] for it in found["claim"]] == ["C2"]
        assert len(found["claim_line"]) == 2
        aside = [it for it in found["aside"] if it["table"] == "claim"]
        assert [it["reason"].startswith(reason) for it in aside] == [True]

    def test_a_dependent_gets_a_key_of_its_own(self, tmp_path: Path) -> None:
        """The patient has no number: subscriber, birth date, sex and first name tell who it is."""
        child = "HL*3*2*23*0\nPAT*19\nNM1*QC*1*DOE*TIM\nDMG*D8*20150101*M\nCLM*C1"
        text = interchange("837P", claim().replace("CLM*C1", child))
        found = land(tmp_path, text)["claim"][0]
        assert found["person_key"].startswith("dependent-")
        assert (found["subscriber_id"], str(found["birth_date"])) == ("M1", "2015-01-01")

    def test_another_payers_loops_change_nothing(self, tmp_path: Path) -> None:
        other = "SBR*S*18*******CI\nOI***Y\nNM1*IL*1*X*Y****MI*OTHER\nNM1*PR*2*OTHER*****PI*O\nLX*1"
        text = interchange("837P", claim().replace("LX*1", other, 1))
        assert land(tmp_path / "b", text)["claim"][0]["subscriber_id"] == "M1"


class TestRemittances:
    """835: three balances, and the claims it answers."""

    @pytest.mark.parametrize(
        ("old", "new", "reason", "stands"),
        [
            ("SVC*HC:99213*100*80", "SVC*HC:99213*100*81", "a line out of balance", True),
            ("CLP*C1*1*150*100", "CLP*C1*1*150*100.01", "the payment out of balance", False),
            ("BPR*I*100*", "BPR*I*99.99*", "the payment out of balance", False),
            ("SVC*HC:80053*50", "SVC*HC:80053*51", "a line out of balance", True),
        ],
    )
    def test_what_does_not_balance_is_set_aside(
        self, tmp_path: Path, old: str, new: str, reason: str, *, stands: bool
    ) -> None:
        text = interchange("835", payment(PAID, paid="100").replace(old, new))
        found = land(tmp_path, text)
        assert any(it["reason"].startswith(reason) for it in found["aside"])
        assert ("payment" in found) is stands
        assert "remitted_claim" not in found

    def test_provider_adjustments_are_taken_from_the_payment(self, tmp_path: Path) -> None:
        """100.00 for the claim, less 25.50 taken back: 74.50."""
        plb = "PLB*1111111112*20251231*WO:OLD*25.50"
        found = land(tmp_path, interchange("835", payment(PAID, paid="74.50", plb=plb)))
        assert found["payment"][0]["paid_cents"] == 7450
        assert found["provider_adjustment"][0]["amount_cents"] == 2550

    def test_a_claim_gets_allowed_and_paid_from_its_remittance(self, tmp_path: Path) -> None:
        """Line 1: allowed 100.00 (B6), paid 80.00. Line 2: 50.00 less 30.00, allowed as paid."""
        folder = source(
            tmp_path / "in",
            claims=interchange("837P", claim()),
            paid=interchange("835", payment(PAID, paid="100"), control=2),
        )
        load_it(tmp_path / "data", folder)
        lines = rows(
            tmp_path / "data",
            "medical_claim",
            "claim_line_number, version_type, effective_on::VARCHAR, hcpcs_code, rendering_npi, "
            "charge_cents, allowed_cents, paid_cents, denied",
        )
        assert lines == [
            (1, "original", "2025-02-01", "99213", "1111111120", 10000, 10000, 8000, False),
            (2, "original", "2025-02-01", "80053", "1111111120", 5000, 2000, 2000, False),
        ]
        assert rows(tmp_path / "data", "diagnosis", "sequence, code") == [(1, "E119"), (2, "I10")]
        amounts = rows(
            tmp_path / "data", "remittance", "claim_line_number, entry_type, amount_cents"
        )
        assert (1, "patient responsibility", 2000) in amounts
        assert (None, "payment", 10000) in amounts

    def test_a_claim_without_an_answer_stands_as_submitted(self, tmp_path: Path) -> None:
        folder = source(tmp_path / "in", claims=interchange("837P", claim()))
        load_it(tmp_path / "data", folder)
        found = rows(
            tmp_path / "data",
            "medical_claim",
            "effective_on::VARCHAR, paid_cents, allowed_cents, paid_date",
        )
        assert found == [("2025-01-10", 0, None, None)] * 2

    def test_a_remittance_alone_makes_a_claim_of_what_it_says(self, tmp_path: Path) -> None:
        folder = source(tmp_path / "in", paid=interchange("835", payment(PAID, paid="100")))
        load_it(tmp_path / "data", folder)
        found = rows(
            tmp_path / "data", "medical_claim", "claim_start_date::VARCHAR, hcpcs_code, paid_cents"
        )
        assert found == [("2025-01-05", "80053", 2000), ("2025-01-05", "99213", 8000)]

    def test_a_denied_claim_is_denied(self, tmp_path: Path) -> None:
        denied = "CLP*C1*4*150*0*0*12*ICN1*11*1\nNM1*QC*1*D*J****MI*M1\nCAS*CO*96*150"
        folder = source(
            tmp_path / "in",
            claims=interchange("837P", claim()),
            paid=interchange("835", payment(denied, paid="0"), control=2),
        )
        load_it(tmp_path / "data", folder)
        found = rows(tmp_path / "data", "medical_claim", "paid_cents, allowed_cents, denied")
        assert found == [(0, 0, True)] * 2

    def test_a_claim_paid_as_a_whole_is_paid_on_its_first_line(self, tmp_path: Path) -> None:
        """150.00 charged, 30.00 written off, 20.00 the patient's: 100.00 paid, 120.00 allowed."""
        whole = "CLP*C1*1*150*100*20*12*ICN1*11*1\nNM1*QC*1*D*J****MI*M1\nCAS*CO*45*30\nCAS*PR*1*20"
        folder = source(
            tmp_path / "in",
            claims=interchange("837P", claim()),
            paid=interchange("835", payment(whole, paid="100"), control=2),
        )
        load_it(tmp_path / "data", folder)
        found = rows(
            tmp_path / "data", "medical_claim", "claim_line_number, paid_cents, allowed_cents"
        )
        assert found == [(1, 10000, 12000), (2, 0, 0)]


class TestVersions:
    """Frequency 1, 7 and 8; reversals; the same claim through all of them."""

    def test_a_replacement_and_a_void_without_remittances(self, tmp_path: Path) -> None:
        """Submitted, replaced under the same number, voided: one claim, three versions."""
        folder = source(
            tmp_path / "in",
            a=interchange("837P", claim(submitted="20250110"), control=1),
            b=interchange("837P", claim(frequency="7", submitted="20250120"), control=2),
            c=interchange("837P", claim(frequency="8", submitted="20250125"), control=3),
        )
        load_it(tmp_path / "data", folder)
        found = rows(
            tmp_path / "data",
            "medical_claim",
            "DISTINCT version_number, claim_key, version_type, sign, effective_on::VARCHAR",
        )
        key = "test:1111111112:C1"
        assert [it[1:] for it in found] == [
            (key, "original", 1, "2025-01-10"),
            (key, "adjust", 1, "2025-01-20"),
            (key, "cancel", -1, "2025-01-25"),
        ]

    def test_a_renumbered_replacement_is_found_by_the_payers_number(self, tmp_path: Path) -> None:
        """C1 was paid as ICN1; C9 replaces ICN1: it is a version of C1."""
        reversed_claim = "CLP*C1*22*-150*-100*0*12*ICN1*11*1\nNM1*QC*1*D*J****MI*M1\nCAS*CO*45*-50"
        anew = "CLP*C9*1*150*90*0*12*ICN2*11*7\nNM1*QC*1*D*J****MI*M1\nCAS*CO*45*60"
        folder = source(
            tmp_path / "in",
            a=interchange("837P", claim(), control=1),
            b=interchange("835", payment(PAID, paid="100"), control=2),
            c=interchange(
                "837P",
                claim("C9", frequency="7", reference="ICN1", submitted="20250210"),
                control=3,
            ),
            d=interchange(
                "835",
                # 90.00 new less 100.00 taken back is 10.00 owed, carried forward
                payment(
                    reversed_claim,
                    anew,
                    paid="0",
                    day="20250301",
                    trace="T2",
                    plb="PLB*1111111112*20251231*FB:T2*-10",
                ),
                control=4,
            ),
        )
        load_it(tmp_path / "data", folder)
        found = _paid(tmp_path / "data")
        key = "test:1111111112:C1"
        assert found == [("original", key, 10000), ("cancel", key, 10000), ("adjust", key, 9000)]

    def test_files_in_another_order_and_twice_give_the_same_claims(self, tmp_path: Path) -> None:
        claims = interchange("837P", claim())
        paid = interchange("835", payment(PAID, paid="100"), control=2)
        load_it(tmp_path / "one", source(tmp_path / "a", a=claims, b=paid))
        load_it(tmp_path / "two", source(tmp_path / "b", z=claims, y=claims, a=paid, b=paid))
        columns = "* EXCLUDE (file_name, row_number, load_id)"
        for table in ("medical_claim", "diagnosis", "person", "remittance"):
            one, two = (rows(tmp_path / it, table, columns) for it in ("one", "two"))
            assert one == two


def _paid(data: Path) -> list[Any]:
    path = f"{data}/loads/*/medical_claim/**/*.parquet"
    with duckdb.connect(config={"threads": 1}) as connection:
        sql = (
            "SELECT version_type, claim_key, sum(paid_cents)::BIGINT "
            f"FROM read_parquet('{path}', hive_partitioning = false) "
            "GROUP BY version_number, version_type, claim_key ORDER BY version_number"
        )
        return connection.execute(sql).fetchall()
