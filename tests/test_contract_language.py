"""The language of contracts whose figures are their own terms.

No program, strata by component, scales as terms, a term that is another component's line, and the
sum of what several components pay. The components are the generic ones; the arithmetic stands
beside each figure.
"""

import re
import textwrap
from decimal import Decimal
from pathlib import Path

import pytest

from contract_sample import changed, said
from openvbc.contract.check import check_contract, check_settlement
from openvbc.contract.contract import read_contract
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import Settlement, read_settlement
from openvbc.errors import InputError

# 12,000 member months × $420 and 6,000 × $1,150: $5,040,000 + $6,900,000 = $11,940,000.
CONTRACT = """\
contract: harbor
title: Harbor Health and Northside Medical Group, partial capitation with a deficit carried forward
parties:
  payer: {id: HARBOR, name: Harbor Health Plan}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: commercial
agreement: {start: 2026-01-01, end: 2028-12-31}
components:
  - capitation:
      strata: [adult, senior]
      capitation_rate: {adult: 420, senior: 1150}
      capitation_share_of_surplus: 0.5
      capitation_share_of_deficit: 0.5
  - withhold:
      withhold_rate: 0.02
      withhold_scale:
        - {from: 0, to: 0.80, earned: 0}
        - {from: 0.80, to: 1, earned: 1}
  - deficit_carry_forward:
      strata: [y2025]
      deficit_offset_share: 0.5
      carry_forward_result: {is: capitation/capitation_entity_share}
"""

SETTLEMENT = """\
contract: harbor
period: CY2026
first_day: 2026-01-01
last_day: 2026-12-31
kind: final
as_of: 2027-06-30
facts:
  capitation_member_months:
    {unit: months, source: plan, received_on: 2027-05-01, values: {adult: 12000, senior: 6000}}
  capitated_cost: {unit: usd, value: 11340000, source: plan, received_on: 2027-05-01}
  capitation_prepaid: {unit: usd, value: 11940000, source: plan, received_on: 2027-05-01}
  withhold_base: {unit: usd, value: 11940000, source: plan, received_on: 2027-05-01}
  quality_score: {unit: rate, value: 0.86, source: plan, received_on: 2027-05-01}
  carry_forward_settled_elsewhere:
    {unit: usd, value: 300000, source: plan, received_on: 2027-05-01}
  deficit_balance: {unit: usd, source: plan, received_on: 2027-05-01, values: {y2025: 100000}}
  deficit_age: {unit: count, source: plan, received_on: 2027-05-01, values: {y2025: 1}}
"""


def read(folder: Path, contract: dict[str, str], settlement: dict[str, str]) -> Settlement:
    (folder / "contract.yaml").write_text(changed(CONTRACT, contract), encoding="utf-8")
    made = read_contract(folder / "contract.yaml")
    (folder / "settlement.yaml").write_text(changed(SETTLEMENT, settlement), encoding="utf-8")
    return read_settlement(folder / "settlement.yaml", {made.id: made})


def settled(
    folder: Path, contract: dict[str, str] | None = None, settlement: dict[str, str] | None = None
) -> Settled:
    one = read(folder, contract or {}, settlement or {})
    return settle(one, one.facts(), None)


def value(done: Settled, path: str) -> Decimal:
    found = next(it for it in done.document["lines"] if it["id"] == f"{path}@performance")
    return Decimal(found["value"])


def refused(folder: Path, contract: dict[str, str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, contract, {})
    return said(caught.value, folder)


def test_every_component_has_its_own_strata_and_the_payments_are_summed(tmp_path: Path) -> None:
    done = settled(tmp_path)
    assert (done.problems, done.failed_assertions) == ((), ())
    # Surplus $11,940,000 − $11,340,000 = $600,000, half of it the payer's: −$300,000.
    assert value(done, "capitation/capitation_amount_due") == -300000
    # 2 % of $11,940,000 = $238,800, all of it earned back at a score of 0.86.
    assert value(done, "withhold/withhold_amount_due") == 238800
    # The entity's $300,000 offsets at most half of itself, and the balance is $100,000.
    assert value(done, "deficit_carry_forward/carry_forward_amount_due") == -100000
    # −$300,000 + $238,800 − $100,000 = −$161,200: the entity pays.
    assert value(done, "total/contract_amount_due") == -161200


def test_a_contract_without_a_program_checks_without_data(tmp_path: Path) -> None:
    one = read(tmp_path, {}, {})
    assert [*check_contract(one.contract), *check_settlement(one)] == []
    assert one.contract.parameters == {}


def test_a_term_that_is_another_components_line_follows_it(tmp_path: Path) -> None:
    # Surplus $11,940,000 − $11,840,000 = $100,000; the entity's $50,000 offsets at most $25,000.
    done = settled(
        tmp_path, None, {"value: 11340000": "value: 11840000", "value: 300000": "value: 50000"}
    )
    assert value(done, "deficit_carry_forward/carry_forward_amount_due") == -25000


def test_one_component_that_pays_is_its_own_total(tmp_path: Path) -> None:
    start = CONTRACT.index("  - withhold:")
    facts = SETTLEMENT.index("  withhold_base:")
    done = settled(tmp_path, {CONTRACT[start:]: ""}, {SETTLEMENT[facts:]: ""})
    assert [it for it in done.document["results"] if it.startswith("total/")] == []
    assert value(done, "capitation/capitation_amount_due") == -300000


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "{adult: 420, senior: 1150}",
            "{adult: 420, seniour: 1150}",
            "contract.yaml:11: capitation_rate has no cell seniour; did you mean senior?",
        ),
        (
            "{from: 0.80, to: 1, earned: 1}",
            "{from: 0.70, to: 1, earned: 1}",
            "contract.yaml:16: withhold_scale: band 2 from 0.70 overlaps band 1 to 0.80",
        ),
        (
            "capitation_share_of_surplus: 0.5",
            "capitation_share_of_surplus: 1.5",
            (
                "contract.yaml:12: capitation_share_of_surplus: found 1.5; expected a share from "
                "0 to 1"
            ),
        ),
        (
            "strata: [adult, senior]",
            "strata: [adult, adult]",
            "contract.yaml:9: strata: expected a list of names, each once",
        ),
        (
            "withhold_rate: 0.02",
            "withhold_rate: [{from: 0, to: 1, earned: 1}]",
            "contract.yaml:15: withhold_rate: found several values, expected a number (rate)",
        ),
    ],
)
def test_terms_that_contradict_themselves_are_refused_at_their_line(
    old: str, new: str, expected: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, {old: new}) == [expected]


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    one = read(tmp_path, {"capitation/capitation_entity_share": "capitation/entity_share"}, {})
    found = said(InputError(check_contract(one.contract)), tmp_path)
    assert len(found) == 1
    assert "carry_forward_result is said to be capitation/entity_share; no such rule" in found[0]


PAGE = Path(__file__).parents[1] / "docs" / "components.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(- .*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
HEAD = CONTRACT[: CONTRACT.index("  - capitation:")]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda it: it.split(":")[0].strip("- \n"))
def test_every_example_of_the_page_of_components_is_a_contract(
    example: str, tmp_path: Path
) -> None:
    path = tmp_path / "contract.yaml"
    book = "book: {analysis: commercial, base_year: 2024}\n" if "commercial_base" in example else ""
    path.write_text(HEAD.replace("components:", f"{book}components:")
                    + textwrap.indent(example, "  "), encoding="utf-8")  # fmt: skip
    assert len(read_contract(path).components) == 1


def test_every_generic_component_has_an_example() -> None:
    entries = re.findall(r"^### `(\w+)`$", TEXT, re.MULTILINE)
    assert [re.match(r"- (\w+)", it)[1] for it in EXAMPLES] == entries  # type: ignore[index]
