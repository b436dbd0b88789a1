"""The category of a contract in the HCP-LAN APM Framework, derived from its components and terms.

The framework (Health Care Payment Learning & Action Network, Alternative Payment Model APM
Framework, 2017 refresh) sorts payments into 2A (infrastructure and operations), 2B (reporting),
2C (performance), 3A (shared savings), 3B (shared savings and losses), 4A (population-based, for
conditions or a part of care), 4B (population-based, comprehensive), 4C (integrated finance and
delivery); 3N and 4N where such a payment does not depend on quality. A contract with several
payments has the most advanced category of them. No component pays for reporting alone, so 2B is
never derived.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.table import Table

from openvbc.contract.component import Component
from openvbc.contract.contract import Contract
from openvbc.errors import OpenVBCError

FRAMEWORK: Final = "HCP-LAN, Alternative Payment Model (APM) Framework (2017)"

CATEGORIES: Final[Mapping[str, str]] = {
    "1": "fee for service without a link to quality and value",
    "2A": "payments for infrastructure and operations",
    "2B": "pay for reporting",
    "2C": "pay for performance",
    "3N": "risk-based payment that does not depend on quality",
    "3A": "shared savings",
    "3B": "shared savings and losses",
    "4N": "capitated payment that does not depend on quality",
    "4A": "population-based payment for conditions or a part of care",
    "4B": "comprehensive population-based payment",
    "4C": "integrated finance and delivery",
}
"""The categories, from the least to the most advanced."""

Derived = tuple[str, str]
"""A category and the reason."""


@dataclass(frozen=True)
class Category:
    """The category of one component, and why."""

    component: str
    category: str
    reason: str


@dataclass(frozen=True)
class Lan:
    """The category of a contract, why, and those of its components."""

    category: str
    reason: str
    components: tuple[Category, ...]

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        says = CATEGORIES[self.category]
        return {"cite": FRAMEWORK, "category": self.category, "says": says, **asdict(self)}


def _agreed(contract: Contract, *names: str) -> str | None:
    """The first of some terms that is agreed: given, and neither false nor nothing."""
    for name in names:
        term = contract.term(name)
        if term is not None and term.value is not None and term.value is not False:
            return name
    return None


def _has(contract: Contract, *names: str) -> str | None:
    """The first of some components that the contract has."""
    return next((it.name for it in contract.components if it.name in names), None)


def _risk(losses: str | None, one_sided: str, quality: str | None) -> Derived:
    """Category 3: two-sided where losses are agreed, and only with quality more than 3N."""
    sides = f"{losses}: two-sided" if losses else f"{one_sided}: one-sided"
    if quality is None:
        return "3N", f"{sides}, and no term makes it depend on quality"
    return "3B" if losses else "3A", f"{sides}, and quality counts ({quality})"


def _is_agreed(name: str | None) -> str | None:
    return f"{name} is agreed" if name else None


def _shared_savings(contract: Contract) -> Derived:
    share = contract.term("losses_entity_share")
    borne = share is None or share.value != 0
    losses = _is_agreed(_agreed(contract, "losses_minimum_rate")) if borne else None
    terms = ("savings_quality_gate", "savings_quality_scale", "losses_quality_scale")
    quality = _agreed(contract, *terms) or _has(contract, "measured_quality")
    return _risk(losses, "no losses are agreed", quality)


def _episode_bundle(contract: Contract) -> Derived:
    share = contract.term("bundle_loss_share")
    gains_only = share is not None and share.value == 0
    quality = _agreed(contract, "bundle_gain_scale", "bundle_loss_scale")
    losses = None if gains_only else "losses on episodes are shared (bundle_loss_share is not 0)"
    return _risk(losses, "bundle_loss_share is 0", quality)


def _risk_corridor(contract: Contract) -> Derived | None:
    """A corridor on capitation only limits that; one on a benchmark shares savings and losses."""
    basis = contract.term("corridor_on")
    if basis is not None and basis.value == "capitation":
        return None
    quality = _has(contract, "measured_quality", "pay_for_performance", "withhold")
    return _risk("the corridor moves savings and losses", "", quality)


def _mssp(contract: Contract) -> Derived:
    """By the track, as the program's parameter says on the agreement's first day."""
    track = contract.term("track")
    day = contract.shape.agreement.start
    parameter = contract.parameters.get("two_sided")
    name = str(track.value) if track else ""
    try:
        two_sided = parameter is not None and parameter.pick(parameter.on(day), (name.lower(),))
    except OpenVBCError:
        two_sided = False
    quality = "the program's quality performance standard"
    said = f"track {name or 'not given'} shares losses" if two_sided else None
    return _risk(said, f"track {name or 'not given'} shares no losses", quality)


def _population_quality(contract: Contract) -> str | None:
    """What makes a population-based payment depend on quality: a payment for it beside it."""
    return _has(contract, "withhold", "pay_for_performance", "measured_quality", "guarantee")


def _population_based(contract: Contract, category: str, scope: str) -> Derived:
    """Category 4: one organisation, or by its scope, and only with quality more than 4N."""
    parties = contract.shape.parties
    quality = _population_quality(contract)
    if quality is None:
        return "4N", f"{scope}, and no component makes it depend on quality"
    if parties.payer.id == parties.entity.id:
        return "4C", f"{scope}; payer and entity are one ({parties.payer.id}); {quality} counts"
    return category, f"{scope}, and quality counts ({quality})"


def _capitation(contract: Contract) -> Derived:
    """Comprehensive unless more kinds of service are carved out than are covered."""
    services = contract.term("service_in_capitation")
    covered = services.value if services is not None else {}
    if not isinstance(covered, Mapping) or not covered:
        return _population_based(contract, "4B", "no service is carved out of the capitation")
    inside = sum(it is True for it in covered.values())
    scope = f"the capitation covers {inside} of {len(covered)} kinds of service"
    return _population_based(contract, "4B" if 2 * inside > len(covered) else "4A", scope)


def _premium(contract: Contract) -> Derived:
    return _population_based(contract, "4B", "a share of the whole premium is the budget for care")


def _primary_care(contract: Contract) -> Derived:
    return _population_based(contract, "4A", "primary care alone is paid by member and month")


def _always(category: str, reason: str) -> Callable[[Contract], Derived]:
    return lambda _: (category, reason)


def _nothing(_: Contract) -> None:
    """A component that pays for nothing of its own: it computes, limits, insures or recoups."""


_PERFORMANCE: Final = "payment depends on measured quality"
_ONE_PROGRAM: Final = "the program shares savings and losses, and quality counts"

DERIVE: Final[Mapping[str, Callable[[Contract], Derived | None]]] = {
    "shared_savings": _shared_savings,
    "risk_corridor": _risk_corridor,
    "episode_bundle": _episode_bundle,
    "capitation": _capitation,
    "percent_of_premium": _premium,
    "primary_care_prospective": _primary_care,
    "direct_primary_care": _primary_care,
    "aco_pc_flex": _always("4A", "primary care is paid ahead by beneficiary, inside an ACO"),
    "care_management": _always("2A", "a fee by member and month for managing care"),
    "non_visit_work": _always("2A", "activities outside visits are paid, by count"),
    **dict.fromkeys(
        (
            "pay_for_performance",
            "withhold",
            "guarantee",
            "asm_payment",
            "hac_reduction",
            "hhvbp",
            "hrrp",
            "hvbp",
            "mips",
            "qof",
        ),
        _always("2C", _PERFORMANCE),
    ),
    "mssp_settlement": _mssp,
    **dict.fromkeys(
        (
            "bpci_advanced_reconciliation",
            "cjr_reconciliation",
            "lead_settlement",
            "reach_settlement",
            "team_reconciliation",
        ),
        _always("3B", _ONE_PROGRAM),
    ),
    **dict.fromkeys(
        (
            "advance_payment",
            "aggregate_stop_loss",
            "asm_score",
            "capitated_services",
            "commercial_target",
            "deficit_carry_forward",
            "hvbp_measures",
            "individual_stop_loss",
            "lead_cara",
            "measured_quality",
            "minimum_panel",
            "mips_cost",
            "mips_measure",
            "mips_quality",
            "mssp_benchmark",
            "mssp_expenditure",
            "mssp_national_benchmark",
            "mssp_rebased_benchmark",
            "qualifying_participant",
            "reach_benchmark",
            "team_quality",
            "truncated_expenditure",
            "unit_of_account",
        ),
        _nothing,
    ),
}
"""Component → how its category is derived."""


def _category(contract: Contract, part: Component) -> Category | None:
    derived = DERIVE.get(part.name, _nothing)(contract)
    return None if derived is None else Category(part.name, *derived)


def _rank(found: Category) -> int:
    return list(CATEGORIES).index(found.category)


def lan(contract: Contract) -> Lan:
    """The category of a contract, with the reason, and that of each component that has one."""
    found = [it for part in contract.components if (it := _category(contract, part))]
    if not found:
        return Lan("1", "no component pays for quality, savings or a population", ())
    most = max(found, key=_rank)
    reason = f"{most.reason}: {most.category}"
    if len({it.category for it in found}) > 1:
        reason += f" ({most.component}, the most advanced of {_listed(found)})"
    return Lan(most.category, reason, tuple(found))


def _listed(found: Sequence[Category]) -> str:
    return ", ".join(f"{it.category} {it.component}" for it in found)


def lan_table(contract: Contract, found: Lan) -> Table:
    """The category as a table, the contract's first."""
    title = f"{contract.shape.title}: {found.category}, {CATEGORIES[found.category]}"
    table = Table(title=title, title_justify="left", caption=FRAMEWORK, caption_justify="left")
    for name in ("component", "category", "why"):
        table.add_column(name, overflow="fold")
    for it in found.components:
        table.add_row(it.component, it.category, it.reason)
    table.add_row("the contract", found.category, found.reason)
    return table
