"""A new contract parses, is refused by name while it is empty, and checks once it is filled in."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from openvbc.author.leaves import given, is_agreed
from openvbc.author.request import New, ask_components, ask_strata, next_year, strata_of
from openvbc.author.scaffold import new_contract
from openvbc.contract.check import check_all
from openvbc.contract.given import leaves_of
from openvbc.errors import InputError
from openvbc.glide.force import possible_steps
from openvbc.publish import check_workspace
from openvbc.settings import Settings
from openvbc.workspace import Workspace
from openvbc.yamlfile import read_yaml

START = date(2026, 1, 1)
EXAMPLE = re.compile(r"^ *# example: (.*)\n( *\w+:)$", re.MULTILINE)
OPTIONAL = re.compile(r"^( +)# (\w+: )", re.MULTILINE)

CELLS: Mapping[str, Sequence[str]] = {"capitation": ("adult", "senior")}


def new(*components: str, **options: object) -> New:
    base: dict[str, object] = {"id": "harbor", "payer": "Harbor Health", "entity": "North: Med"}
    return New(**{**base, "components": components, "start": START, **options})  # type: ignore[arg-type]


def workspace(tmp_path: Path, asked: New) -> Workspace:
    space = Workspace.init(tmp_path, Settings(buckets=2))
    new_contract(tmp_path, asked)
    return space


def filled(path: Path) -> None:
    """Put the example of each empty term in its place, and take each # away that may go."""
    text = EXAMPLE.sub(r"\2 \1", path.read_text("utf-8"))
    path.write_text(OPTIONAL.sub(r"\1\2", text), encoding="utf-8")


def refused(space: Workspace) -> list[str]:
    with pytest.raises(InputError) as error:
        check_workspace(Workspace(space.root))
    return [str(it).removeprefix(f"{space.root}/") for it in error.value.problems]


def test_each_empty_term_and_fact_is_refused_by_its_name_and_line_all_at_once(
    tmp_path: Path,
) -> None:
    found = refused(workspace(tmp_path, new("capitation", "withhold", strata=CELLS)))
    named = [re.sub(r":\d+:", ":", it) for it in found]
    fact = "found nothing, expected keys and values"
    assert named == [
        "contracts/harbor.yaml: capitation_rate: found nothing, expected a number (usd)",
        "contracts/harbor.yaml: withhold_rate: found nothing, expected a number (rate)",
        f"settlements/harbor_PY2026.yaml: facts.capitation_member_months: {fact}",
        f"settlements/harbor_PY2026.yaml: facts.capitated_cost: {fact}",
        f"settlements/harbor_PY2026.yaml: facts.capitation_prepaid: {fact}",
        f"settlements/harbor_PY2026.yaml: facts.withhold_base: {fact}",
    ]
    assert all(re.search(r"yaml:\d+: ", it) for it in found)


def test_a_component_whose_strata_are_not_named_asks_for_them(tmp_path: Path) -> None:
    found = refused(workspace(tmp_path, new("capitation")))
    assert "strata: expected a list of names, each once" in found[0]


def test_a_placeholder_says_what_it_is_its_unit_and_an_example(tmp_path: Path) -> None:
    contract, settlement = new_contract(tmp_path, new("capitation", strata=CELLS))
    assert (
        "      #   capitation for one member and month of the rate cell (usd, one for each stratum)"
        ".\n"
        "      # example: {adult: 1000.00, senior: 1000.00}\n"
        "      capitation_rate:\n"
    ) in contract.read_text("utf-8")
    assert (
        "  # example: {unit: usd, value: 1000.00, source: file, received_on: 2027-06-30}\n"
        "  capitated_cost:\n"
    ) in settlement.read_text("utf-8")


ALONE = (
    "shared_savings",
    "risk_corridor",
    "commercial_target",
    "truncated_expenditure",
    "individual_stop_loss",
    "aggregate_stop_loss",
    "capitation",
    "capitated_services",
    "percent_of_premium",
    "withhold",
    "deficit_carry_forward",
    "advance_payment",
    "minimum_panel",
    "primary_care_prospective",
    "unit_of_account",
    "direct_primary_care",
    "guarantee",
    "episode_bundle",
    "care_management",
    "pay_for_performance",
    "non_visit_work",
    "measured_quality",
)


@pytest.mark.parametrize("name", ALONE)
def test_the_examples_in_their_places_make_files_that_check(name: str, tmp_path: Path) -> None:
    # Every component by itself: each name that it needs has a place and an example that fits.
    space = workspace(tmp_path, new(name))
    for path in (*tmp_path.glob("contracts/*"), *tmp_path.glob("settlements/*")):
        read_yaml(path)
        filled(path)
    assert check_all(space.contracts, possible_steps(space)) == []


def test_several_components_need_only_what_none_of_them_computes(tmp_path: Path) -> None:
    space = workspace(tmp_path, new("commercial_target", "truncated_expenditure", "shared_savings"))
    for path in (*tmp_path.glob("contracts/*"), *tmp_path.glob("settlements/*")):
        filled(path)
    assert check_all(space.contracts, possible_steps(space)) == []
    (settlement,) = space.settlements.values()
    assert "total_benchmark" not in settlement.shape.facts
    assert settlement.path.read_text("utf-8").count("member_months:") == 1


def test_a_contract_with_a_population_says_whose_patients_count(tmp_path: Path) -> None:
    parts = ("mssp_expenditure", "mssp_benchmark", "mssp_settlement")
    asked = new(*parts, program="mssp", line_of_business="medicare")
    contract, settlement = new_contract(tmp_path, asked)
    assert read_yaml(contract)["population"]["participants"] == "harbor_participants.csv"
    facts = read_yaml(settlement)["facts"]
    needed = [it.name for it in leaves_of(asked.parts).values() if it.default == "required"]
    terms = [it.name for part in asked.parts for it in given(part).values() if is_agreed(part, it)]
    assert set(needed) - set(terms) - {"agreement_number"} <= set(facts)
    assert {"truncation_cut", "completion_factor"} <= set(facts)


def test_names_of_parties_are_kept_as_they_are(tmp_path: Path) -> None:
    asked = new("withhold", payer='Plan "A": #1', entity="Praxis Grün")
    contract, _ = new_contract(tmp_path, asked)
    parties = read_yaml(contract)["parties"]
    assert parties["payer"] == {"id": "PLAN_A_1", "name": 'Plan "A": #1'}
    assert parties["entity"]["name"] == "Praxis Grün"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    contract, settlement = new_contract(tmp_path, new("withhold"))
    contract.unlink()
    before = settlement.read_text("utf-8")
    with pytest.raises(InputError, match="is there already; choose another id"):
        new_contract(tmp_path, new("capitation"))
    assert not contract.exists()
    assert settlement.read_text("utf-8") == before


def test_everything_wrong_with_what_was_asked_for_is_said_at_once(tmp_path: Path) -> None:
    asked = new(
        "capitaton",
        "withhold",
        "withhold",
        id="../x",
        payer=" ",
        program="msp",
        start=date(2026, 1, 15),
        strata={"guarantee": ("a",)},
    )
    with pytest.raises(InputError) as error:
        new_contract(tmp_path, asked)
    found = [str(it) for it in error.value.problems]
    assert [it.partition(":")[0] for it in found] == [
        "ID",
        "--payer",
        "--start",
        "--program",
        "--components",
        "--components",
        "--strata",
    ]
    assert "--components: no component capitaton; did you mean capitation?" in found
    assert list(tmp_path.iterdir()) == []


def test_components_that_count_people_need_their_program(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="count people from tables; say --program mssp or reach"):
        new_contract(tmp_path, new("mssp_expenditure"))


def test_a_short_dialogue_asks_what_the_options_leave_open() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return {"Components": "capitation, withhold", "capitation": "adult, senior"}[
            re.split(r"\W", question)[0]
        ]

    components = ask_components(answer)
    assert components == ("capitation", "withhold")
    assert ask_strata(components, answer) == {"capitation": ("adult", "senior")}
    assert len(asked) == 2  # withhold has no strata
    assert ask_strata(("guarantee",), lambda _: " ") == {}


def test_options_are_read_as_written() -> None:
    assert strata_of(["capitation=adult, senior"]) == {"capitation": ("adult", "senior")}
    assert next_year(date(2026, 11, 22)) == date(2027, 1, 1)
