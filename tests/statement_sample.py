"""A statement to be shown: synthetic and small, written out line by line.

A two-sided ACO whose benchmark of $100,000,000 less expenditure of $97,600,000 saves $2,400,000;
of that 75 % is shared, 2 % sequestered, and $64,000 of advance payments are taken back:
2,400,000 × 0.75 × 0.98 − 64,000 = 1,700,000.
"""

from typing import Any

from openvbc.contract.statement import waterfall

Document = dict[str, Any]
STRATA = ("esrd", "disabled", "aged_dual", "aged_nondual")
PERIODS = ("performance", "base_1", "base_2", "base_3")
HASH = "3f9a6c1d5b7e" + "0" * 52


def line_id(path: str, period: str = "performance", stratum: str | None = None) -> str:
    return f"{path}@{period}" + (f",{stratum}" if stratum else "")


def line(path: str, value: str | None, unit: str = "usd", **fields: Any) -> Document:
    at = {"period": fields.pop("period", "performance"), "stratum": fields.pop("stratum", None)}
    usual: Document = {"unknown": None, "says": "", "formula": None, "cite": "42 CFR 425.605"}
    usual |= {"inputs": [], "source": None}
    identity = line_id(path, at["period"], at["stratum"])
    return {"id": identity, "path": path, "at": at, "value": value, "unit": unit, **usual, **fields}


def fact(row: int) -> Document:
    file = f"settlements/lakeside_PY2025.yaml:{row}"
    return {"kind": "fact", "file": file, "source": "CMS report", "received_on": "2026-07-15"}


def parameter(row: int, last: str | None = None) -> Document:
    return {
        "kind": "parameter",
        "clock": "performance_year",
        "file": f"cms/mssp/rates.yaml:{row}",
        "from": "2021-01-01",
        "to": last,
        "checked": "2026-11-21",
    }


def table_cell(period: str, stratum: str, count: int | None, total: str) -> Document:
    period_id = "PY2025" if period == "performance" else f"PY2025.{period}"
    cell = {"contract_id": "lakeside", "period_id": period_id, "enrolment_type": stratum}
    source = {"kind": "table", "table": "expenditure_cell", "column": "counted_cents"}
    return {**source, "filter": cell, "count": count, "total": total}


def expenditure() -> list[Document]:
    """Counted dollars by enrolment type in each year: 97,600,000 in the performance year."""
    counted = dict(zip(STRATA, (4_000_000, 12_000_000, 14_000_000, 67_600_000), strict=True))
    persons = dict(zip(STRATA, (61, 1_022, 951, 8_104), strict=True))
    lines = []
    for year, period in enumerate(PERIODS):
        cells = {it: str(dollars - year * 1_000_000) for it, dollars in counted.items()}
        total = str(sum(int(value) for value in cells.values()))
        own = [line_id("mssp_expenditure/counted_expenditure", period, it) for it in STRATA]
        lines.append(
            line(
                "mssp_expenditure/total_expenditure",
                total,
                period=period,
                says="Expenditure of all enrolment types. Per capita times person-years, summed.",
                formula="sum(counted_expenditure.values(), Decimal(0))",
                inputs=own,
            )
        )
        lines += [
            line(
                "mssp_expenditure/counted_expenditure",
                cells[it],
                period=period,
                stratum=it,
                says="payments that count",
                source=table_cell(period, it, persons[it], cells[it]),
            )
            for it in STRATA
        ]
    return lines


def benchmark() -> list[Document]:
    per_capita = dict(zip(STRATA, ("92104.5", "11850.25", "15230.125", "9001"), strict=True))
    return [
        line(
            "mssp_benchmark/total_benchmark",
            "100000000",
            says="Updated benchmark of each enrolment type times its person-years, summed.",
            formula="sum(updated[it] * person_years[it] for it in updated)",
            inputs=[
                *(line_id("mssp_benchmark/updated", stratum=it) for it in STRATA),
                line_id("mssp_expenditure/total_expenditure", "base_3"),
            ],
        ),
        *(
            line(
                "mssp_benchmark/updated",
                value,
                "usd_per_capita",
                stratum=it,
                says="updated benchmark",
                source=fact(14),
            )
            for it, value in per_capita.items()
        ),
    ]


SCALE = "from 500; to 999; start 0.122; end 0.087 | from 60000; to None; start 0.02; end 0.02"


def settlement() -> list[Document]:
    own = "mssp_settlement/"
    return [
        line(
            own + "savings_or_losses",
            "2400000",
            says="Updated benchmark less expenditure, in dollars; below zero is a loss.",
            formula="total_benchmark - total_expenditure",
            inputs=[
                line_id("mssp_benchmark/total_benchmark"),
                line_id("mssp_expenditure/total_expenditure"),
            ],
        ),
        line(
            own + "minimum_savings_reached",
            "true",
            "flag",
            says="Whether savings are at least the minimum savings rate of the benchmark.",
            formula="savings_or_losses >= minimum_savings_rate * total_benchmark",
            inputs=[
                line_id(own + "savings_or_losses"),
                line_id(own + "minimum_savings_rate"),
                line_id("mssp_benchmark/total_benchmark"),
            ],
        ),
        line(
            own + "minimum_savings_rate",
            "0.02",
            "rate",
            says="Savings rate that opens sharing.",
            formula="if elected is not None:\n    return elected\nreturn scale(assigned, scale)",
            inputs=[
                line_id(own + "elected"),
                line_id(own + "assigned"),
                line_id("parameters/minimum_savings_scale"),
            ],
        ),
        line(
            own + "elected", "0.02", "rate", source={"kind": "term", "file": "contracts/l.yaml:22"}
        ),
        line(
            own + "assigned",
            "10138",
            "persons",
            says="beneficiaries assigned",
            source=table_cell("performance", "esrd", None, "10138"),
        ),
        line("parameters/minimum_savings_scale", SCALE, "brackets", source=parameter(40)),
        line(
            own + "shared_savings",
            "1800000",
            says="The ACO's share of the savings.",
            formula="savings_or_losses * final_sharing_rate",
            inputs=[
                line_id(own + "minimum_savings_reached"),
                line_id(own + "savings_or_losses"),
                line_id("parameters/maximum_sharing_rate"),
            ],
        ),
        line("parameters/maximum_sharing_rate", "0.75", "rate", source=parameter(61, "2027-12-31")),
        line(
            own + "shared_savings_after_sequestration",
            "1764000",
            says="Shared savings less sequestration. Losses are never sequestered.",
            formula="shared_savings * (1 - sequestration_rate)",
            inputs=[line_id(own + "shared_savings"), line_id("parameters/sequestration_rate")],
        ),
        line("parameters/sequestration_rate", "0.02", "rate", source=parameter(9)),
        line(
            own + "loss_limit",
            None,
            unknown="recoupment limit unknown: participant_revenue missing",
            says="Largest loss that is recouped.",
            formula="share * participant_revenue",
            inputs=[line_id(own + "participant_revenue")],
        ),
        line(
            own + "participant_revenue",
            None,
            source={"kind": "default", "says": "not supplied; taken as the rule says"},
        ),
        line(
            own + "recouped",
            "64000",
            says="Advance investment payments taken back.",
            inputs=[line_id(own + "balance")],
            formula="min(payment, balance)",
        ),
        line(own + "balance", "64000", source=fact(31)),
        line(
            own + "amount_due",
            "1700000.00",
            says="What CMS pays the ACO, or the ACO pays CMS (below zero).",
            formula="shared_savings_after_sequestration - recouped",
            inputs=[
                line_id(own + "shared_savings_after_sequestration"),
                line_id(own + "recouped"),
            ],
        ),
    ]


WAYS = {
    "payer_pays": (
        "total_benchmark",
        "less total_expenditure",
        "savings_or_losses",
        "shared_savings",
        "shared_savings_after_sequestration",
        "less recouped",
        "amount_due",
    ),
    "entity_pays": (
        "total_benchmark",
        "less total_expenditure",
        "savings_or_losses",
        "owed losses_within_limit",
        "amount_due",
    ),
}


def sample() -> Document:
    lines = [*settlement(), *benchmark(), *expenditure()]
    results = [
        *(line_id("mssp_expenditure/total_expenditure", period) for period in PERIODS),
        line_id("mssp_benchmark/total_benchmark"),
        line_id("mssp_settlement/savings_or_losses"),
        line_id("mssp_settlement/loss_limit"),
        line_id("mssp_settlement/amount_due"),
    ]
    years = {"performance": 2025, "base_1": 2022, "base_2": 2023, "base_3": 2024}
    return {
        "statement_id": HASH,
        "schema": "openvbc.statement/1",
        "title": "Lakeside ACO, Shared Savings Program, ENHANCED track",
        "program": "mssp",
        "contract": {"id": "lakeside", "sha256": HASH},
        "settlement": {"id": "lakeside_PY2025", "sha256": HASH},
        "run_id": HASH,
        "as_of": "2026-08-31",
        "kind": "final",
        "supersedes": None,
        "payer": {"id": "CMS", "name": "Centers for Medicare & Medicaid Services"},
        "entity": {"id": "A1001", "name": "Lakeside ACO"},
        "period": {"id": "PY2025", "first_day": "2025-01-01", "last_day": "2025-12-31"},
        "periods": {
            role: {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
            for role, year in years.items()
        },
        "results": results,
        "waterfall": waterfall(WAYS, lines),
        "lines": lines,
    }


def changed(path: str, **fields: Any) -> Document:
    """The sample with one line changed."""
    document = sample()
    found = next(it for it in document["lines"] if it["id"] == line_id(path))
    found |= fields
    document["waterfall"] = waterfall(WAYS, document["lines"])
    return document


def loss() -> Document:
    """The same with expenditure of $103,000,000: −3,000,000 shared at 30 %, −900,000 owed."""
    document = changed("mssp_expenditure/total_expenditure", value="103000000")
    by_id = {it["id"]: it for it in document["lines"]}
    by_id[line_id("mssp_settlement/savings_or_losses")]["value"] = "-3000000"
    by_id[line_id("mssp_settlement/amount_due")]["value"] = "-900000"
    own = "mssp_settlement/losses_within_limit"
    document["lines"].append(line(own, "900000", formula="losses * rate"))
    by_id[line_id("mssp_settlement/amount_due")]["inputs"].append(line_id(own))
    document["waterfall"] = waterfall(WAYS, document["lines"])
    return document
