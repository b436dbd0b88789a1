"""The linter of models: one line for every rule that a SELECT breaks, each with its cure.

Portable syntax is the rest of it (test_portable_sql.py). In the examples `claims` stands for rows
of people, `k` for a small table of inputs and `measure` for a table of a later stage.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from openvbc.engine.lint import lint
from openvbc.engine.model import Model, read_model

NOT_PORTABLE = "is not in the portable subset; see docs/portable-sql.md"
NEEDS_KEY = "needs person_id or claim_key: this model runs on one bucket of people at a time"


def model(sql: str, span: str = "person", stage: str = "cost", kind: str = "table") -> Model:
    return Model(
        name="m", stage=stage, row="A row.", grain=("person_id",), span=span, period="none",  # type: ignore[arg-type]
        kind=kind, columns=(), sql=sql,  # type: ignore[arg-type]
    )  # fmt: skip


TABLES = {
    "claims": replace(model("", stage="canonical"), name="claims"),
    "k": replace(model("", span="all", stage="inputs"), name="k"),
    "measure": replace(model("", stage="quality"), name="measure"),
}


def problems(sql: str, **declared: str) -> list[str]:
    return [problem.what for problem in lint(model(sql, **declared), TABLES)]


GOOD = {
    "an ordinary sum by person": """
        SELECT person_id, sum(paid_cents) AS claims_cents FROM claims GROUP BY person_id""",
    "money through the macros": """
        SELECT person_id, prorate(times_rate(sum(paid_cents), 980000000), 5, 12) AS due_cents
        FROM claims GROUP BY person_id""",
    "money compared and counted is no money": """
        SELECT person_id, count(paid_cents) AS paid_lines, bool_or(paid_cents > 0) AS any_paid,
            count(*) * 2 AS twice
        FROM claims GROUP BY person_id""",
    "money chosen by CASE and capped": """
        SELECT person_id, least(CASE WHEN denied THEN 0 ELSE -paid_cents END, 5) AS capped_cents
        FROM claims""",
    "a window inside the person": """
        SELECT claim_key, row_number() OVER (PARTITION BY c.person_id ORDER BY c.claim_key) AS n
        FROM claims AS c""",
    "keys by place and by alias": """
        SELECT c.person_id AS person_id, k.code, count(*) AS n FROM claims AS c
        JOIN k ON k.code = c.code GROUP BY 1, 2""",
    "groups over a small table alone": """
        WITH best AS (SELECT code, max(weight) AS weight FROM k GROUP BY code),
        one AS (SELECT DISTINCT weight FROM best)
        SELECT c.claim_key, o.weight FROM claims AS c JOIN one AS o ON o.weight > c.units""",
    "all columns of one table in an inner query": """
        WITH joined AS (SELECT c.*, k.weight FROM claims AS c JOIN k ON k.code = c.code)
        SELECT claim_key, weight FROM joined""",
    "days between two dates": """
        SELECT claim_key, date_diff('day', start_date, end_date) + 1 AS days,
            end_date - 30 AS month_before FROM claims""",
}


@pytest.mark.parametrize("title", GOOD)
def test_lint_accepts(title: str) -> None:
    assert problems(GOOD[title]) == []


BAD = {
    "a function outside the subset": (
        "SELECT person_id, quantile_cont(age, share) AS mid FROM claims GROUP BY person_id",
        f"function quantile_cont {NOT_PORTABLE}",
    ),
    "syntax outside the subset": (
        "SELECT person_id FROM claims LIMIT 5",
        f"syntax Limit {NOT_PORTABLE}",
    ),
    "columns not named": ("SELECT * FROM claims", "SELECT * hides the columns; name them"),
    "stored columns not named": (
        "SELECT c.* FROM claims AS c",
        "the stored columns are hidden in a *; name them",
    ),
    "stored columns not named in the second half": (
        "SELECT person_id FROM claims UNION ALL SELECT c.* FROM claims AS c",
        "the stored columns are hidden in a *; name them",
    ),
    "a ranking without order": (
        "SELECT claim_key, row_number() OVER (PARTITION BY person_id) AS n FROM claims",
        "a ranking window without ORDER BY has no fixed answer; order it by a key",
    ),
    "a year": (
        "SELECT person_id FROM claims WHERE y = 2019",
        "year 2019 in a model; read it from a parameter or input table",
    ),
    "a dated literal": (
        "SELECT person_id FROM claims WHERE claim_date >= DATE '2019-01-01'",
        "year 2019-01-01 in a model; read it from a parameter or input table",
    ),
    "an unknown table": (
        "SELECT person_id FROM nowhere",
        "reads nowhere, which no model or input makes",
    ),
    "a later stage": (
        "SELECT person_id FROM measure",
        "reads measure of the later stage quality",
    ),
    "a date minus a date": (
        "SELECT claim_key, end_date - coalesce(start_date, received_on) AS days FROM claims",
        "date - date is an interval in Spark; write date_diff('day', first, last)",
    ),
    "money multiplied": (
        "SELECT claim_key, (paid_cents + 1) * 2 AS twice_cents FROM claims",
        "mul on paid_cents; money is summed, or goes through prorate or times_rate",
    ),
    "money divided, whole": (
        "SELECT claim_key, coalesce(paid_cents, 0) // 2 AS half_cents FROM claims",
        "intdiv on paid_cents; money is summed, or goes through prorate or times_rate",
    ),
    "money cast to fractions": (
        "SELECT claim_key, CAST(paid_cents AS DECIMAL(18, 2)) AS paid_cents FROM claims",
        "paid_cents is cast to DECIMAL(18, 2); money is whole cents",
    ),
    "money renamed": (
        "SELECT claim_key, coalesce(paid_cents, 0) AS paid FROM claims",
        "paid_cents is renamed paid; a column of money ends in _cents",
    ),
    "people grouped together": (
        "SELECT code, count(*) AS n FROM claims GROUP BY code",
        f"GROUP BY {NEEDS_KEY}",
    ),
    "people summed up": (
        "SELECT sum(paid_cents) AS claims_cents FROM claims",
        f"an aggregate without GROUP BY {NEEDS_KEY}",
    ),
    "people in one window": (
        "SELECT claim_key, rank() OVER (ORDER BY paid_cents) AS place FROM claims",
        f"PARTITION BY {NEEDS_KEY}",
    ),
    "people made distinct": (
        "WITH seen AS (SELECT DISTINCT code FROM claims) SELECT code FROM seen",
        f"SELECT DISTINCT {NEEDS_KEY}",
    ),
    "people made distinct by UNION": (
        "SELECT code FROM claims UNION SELECT code FROM k",
        f"UNION {NEEDS_KEY}",
    ),
    "a part of the key is no key": (
        "SELECT left(person_id, 1) AS head, count(*) AS n FROM claims GROUP BY left(person_id, 1)",
        f"GROUP BY {NEEDS_KEY}",
    ),
    "two statements": ("SELECT person_id FROM claims; SELECT 1", "is not one SELECT"),
    "no SELECT": ("DROP TABLE claims", "is not one SELECT"),
    "templating": (
        "SELECT person_id FROM {{ ref('claims') }}",
        "templating ({{); parameters arrive as tables",
    ),
}


@pytest.mark.parametrize("title", BAD)
def test_lint_refuses(title: str) -> None:
    sql, expected = BAD[title]
    assert problems(sql) == [expected]


def test_averages_of_money_break_two_rules() -> None:
    found = problems("SELECT person_id, avg(paid_cents) AS x_cents FROM claims GROUP BY person_id")
    assert found == [
        "avg on paid_cents; money is summed, or goes through prorate or times_rate",
        f"function avg {NOT_PORTABLE}",
    ]


def test_a_view_may_carry_all_columns_of_one_table() -> None:
    """A view like final_claim adds one column to many, and nothing of it is stored."""
    sql = "SELECT c.*, k.weight FROM claims AS c LEFT JOIN k ON k.code = c.code"
    assert problems(sql, kind="view") == []


def test_what_cannot_be_parsed_is_said() -> None:
    assert problems("SELECT FROM WHERE")[0].startswith("cannot be parsed: ")


def test_a_model_over_all_people_may_group_by_anything() -> None:
    sql = "SELECT code, count(*) AS n FROM claims GROUP BY code"
    assert problems(sql, span="all") == []


def test_a_problem_names_the_file_and_the_line_of_the_fault(tmp_path: Path) -> None:
    """Lines 1 to 7 are the declaration, the SELECT starts on line 8, the fault is on line 10."""
    file = tmp_path / "cost" / "spend.sql"
    file.parent.mkdir()
    file.write_text(
        "/*\nrow: A row.\ngrain: [person_id]\nspan: person\nperiod: none\ncolumns: {}\n*/\n"
        "SELECT\n    person_id,\n    hash(code) AS h\nFROM claims\n"
    )
    assert [str(problem) for problem in lint(read_model(file), TABLES)] == [
        f"models/cost/spend.sql:10: function hash {NOT_PORTABLE}"
    ]
