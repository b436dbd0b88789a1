"""No sensitive code leaves by default, whatever is asked; consent lets its own rows out."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load_tables import COVERAGE, LINE, PERSON, load_it, write_source
from openvbc.confidentiality.release import Release
from openvbc.confidentiality.withhold import CLAIM_COLUMNS, told, withheld_note
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import put_rows
from openvbc.engine.model import MODELS_FOLDER, read_models
from openvbc.engine.run import Run
from openvbc.errors import InputError
from openvbc.query import query
from openvbc.settings import Settings
from openvbc.sources.loads import loaded_partitions
from openvbc.sources.tuva_view import tuva_view_sql
from openvbc.workspace import Workspace

PLAIN = ("I10", "E119")
SENSITIVE = ("F1120", "B20", "F329", "O80", "T7601XA")
EVERYTHING = (
    "SELECT * FROM diagnosis",
    "SELECT * FROM medical_claim",
    "SELECT * FROM final_claim",
    "WITH d AS (SELECT code FROM diagnosis) SELECT * FROM d",
    "SELECT (SELECT string_agg(code, ' ') FROM diagnosis) AS codes",
)


def run_of(root: Path, claims: dict[str, list[str]], split: bool = False) -> Run:
    """A run over claims of P1 and P2 in turn; split: diagnoses come in a load of their own."""
    people = [PERSON | {"person_id": it} for it in ("P1", "P2")]
    owner = {name: f"P{at % 2 + 1}" for at, name in enumerate(claims)}
    lines = [
        LINE | {"claim_key": name, "claim_id": name, "person_id": owner[name]} for name in claims
    ]
    diagnoses = [
        {
            "claim_key": name,
            "version_number": 1,
            "sequence": place,
            "person_id": owner[name],
            "claim_end_date": "2024-03-05",
            "code_type": "icd-10-cm",
            "code": code,
        }
        for name, codes in claims.items()
        for place, code in enumerate(codes, start=1)
    ]
    Workspace.init(root, Settings(buckets=2))
    space = Workspace(root)
    coverage = [COVERAGE | {"person_id": it["person_id"]} for it in people]
    first: dict[str, Any] = {"person": people, "eligibility": coverage, "medical_claim": lines}
    if split:
        load_it(space.data, write_source(root / "in", **first))
        load_it(space.data, write_source(root / "more", diagnosis=diagnoses))
    else:
        load_it(space.data, write_source(root / "in", **first, diagnosis=diagnoses))
    run = Run(space.store, space.models, "loaded")
    parts = loaded_partitions(space.data)
    tables = {name: [asdict(part) for part in found] for name, found in parts.items()}
    run.__dict__["manifest"] = {"tables": tables}
    return run


@settings(max_examples=6, deadline=None)
@given(
    claims=st.lists(
        st.lists(st.sampled_from(PLAIN + SENSITIVE), min_size=1, max_size=3, unique=True),
        min_size=1,
        max_size=4,
    ),
    split=st.booleans(),
)
def test_no_answer_holds_a_sensitive_code(
    tmp_path_factory: pytest.TempPathFactory, claims: list[list[str]], split: bool
) -> None:
    """The claims that stay are exactly those without a listed code, in one load or in two."""
    root = tmp_path_factory.mktemp("released") / "w"
    run = run_of(root, {f"C{at}": codes for at, codes in enumerate(claims)}, split)
    kept = {f"C{at}" for at, codes in enumerate(claims) if not set(codes) & set(SENSITIVE)}
    for select in EVERYTHING:
        answer = query(run, select, root)
        assert not [code for code in SENSITIVE if code in repr(answer.rows)]
    keys = query(run, "SELECT claim_key FROM medical_claim ORDER BY 1", root)
    assert {key for (key,) in keys.rows} == kept
    assert sum(keys.withheld.values()) == len(claims) - len(kept)


CONSENT = """
consents:
  - {person: P1, categories: [substance_use], recipient: Harbor, from: 2020-01-01}
"""


def test_consent_shows_what_it_covers_and_nothing_else(tmp_path: Path) -> None:
    """P1 agreed for substance use. A: covered. B: of P2. C: HIV too, which P1 did not agree to."""
    root = tmp_path / "w"
    claims = {"A": ["F1120"], "B": ["F1120"], "C": ["F1120", "B20"], "D": ["I10"]}
    run = run_of(root, claims)
    (root / "consents.yaml").write_text(CONSENT, encoding="utf-8")
    asked = "SELECT claim_key FROM medical_claim ORDER BY 1"

    def shown(recipient: str, *, with_sensitive: bool) -> list[str]:
        release = Release("treatment", recipient, with_sensitive)
        return [key for (key,) in query(run, asked, root, release).rows]

    assert shown("Harbor", with_sensitive=True) == ["A", "D"]
    assert shown("Valley", with_sensitive=True) == ["D"]
    assert shown("Harbor", with_sensitive=False) == ["D"]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT * FROM read_parquet('data/loads/*/diagnosis/**/*.parquet')",
        "SELECT * FROM 'data/loads/x.parquet'",
        'SELECT * FROM "all rows of diagnosis"',
        "SELECT * FROM withheld_claim",
        (
            "SELECT * FROM (WITH withheld_claim AS (SELECT 1) SELECT * FROM withheld_claim) AS a, "
            "withheld_claim"
        ),
        "SELECT * FROM query_table('withheld_claim')",
        "SELECT * FROM query('FROM withheld_claim')",
        "SELECT * FROM duckdb_views()",
        "SELECT * FROM glob('**')",
    ],
)
def test_no_question_goes_round_the_tables(tmp_path: Path, select: str) -> None:
    root = tmp_path / "w"
    run = run_of(root, {"A": ["F1120"]})
    with pytest.raises(InputError):
        query(run, select, root)


def test_a_category_made_of_a_sensitive_claim_is_withheld_with_it(tmp_path: Path) -> None:
    """P1 has a claim of substance use, and a score that says so. P2's category may be shown."""
    root = tmp_path / "w"
    run = run_of(root, {"A": ["F1120"], "B": ["E119"]})
    rows = [
        {"request_id": "R", "person_id": person, "risk_model": "m", "hcc": hcc}
        for person, hcc in (("P1", "HCC137"), ("P1", "HCC38"), ("P2", "HCC38"))
    ]
    engine = DuckDBEngine("200MB", tmp_path / "spill")
    part = put_rows(run.store, engine, run.models["member_hcc"], rows, "2025")
    engine.close()
    run.manifest["tables"]["member_hcc"] = [asdict(part)]
    answer = query(run, "SELECT person_id, hcc FROM member_hcc", root)
    assert (answer.rows, answer.withheld) == ([("P2", "HCC38")], {"member_hcc": 2})


def test_every_table_of_categories_says_that_it_tells_care() -> None:
    """A table of people with a code or category, and no claim to withhold it by, must say so."""
    telling = {"code", "hcc", "hcc_group", "category", "variable"}
    models = [it for it in read_models(MODELS_FOLDER).values() if it.stage in _OF_CARE]
    silent = [
        it.name
        for it in models
        if it.kind == "table" and "person_id" in it.schema and telling & it.schema.keys()
        and not (it.tells_care or set(CLAIM_COLUMNS) & it.schema.keys())
    ]  # fmt: skip
    assert silent == []


_OF_CARE = ("risk", "groupers", "cost", "quality")


def test_questions_that_read_tables_are_still_answered(tmp_path: Path) -> None:
    root = tmp_path / "w"
    run = run_of(root, {"A": ["I10"], "B": ["I10"]})
    select = (
        "SELECT r.n, count(*) AS lines FROM range(2) AS r(n), final_claim GROUP BY 1 ORDER BY 1"
    )
    assert query(run, select, root).rows == [(0, 2), (1, 2)]


def test_the_exchange_view_holds_no_sensitive_claim(tmp_path: Path) -> None:
    root = tmp_path / "w"
    run = run_of(root, {"A": ["F1120"], "B": ["I10"]})
    engine = run.open()
    try:
        names, rows = engine.columns(tuva_view_sql()["medical_claim"])
        whole = engine.rows(tuva_view_sql(with_sensitive=True)["medical_claim"])
    finally:
        engine.close()
    assert [row[names.index("claim_id")] for row in rows] == ["B"]
    assert len(whole) == 2


def test_small_counts_are_not_told() -> None:
    assert [told(it) for it in (0, 1, 10, 11, 2500)] == [
        "0",
        "fewer than 11",
        "fewer than 11",
        "11",
        "2,500",
    ]
    assert withheld_note(0) == ""
