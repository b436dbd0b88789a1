"""Arrangements nested in one outer contract: bundles or specialists' contracts inside an ACO.

A stratum is a nested arrangement; their declared order decides who settles a claim that several
of them cover: the first. Each says what becomes of it in the outer contract: `inside` (its paid
claims stay in the expenditure, and its gain or loss is added), `target_price` (its paid claims are
replaced by its target), `carve_out` (its claims and its part of the benchmark leave) or
`pass_through` (the outer contract does not see it).

It computes the benchmark and the expenditure that the outer contract shares savings on, and pays
nothing by itself. Two lines are laws, and refused where they do not hold: every claim dollar stands
in one place (`claims_gap` = 0), and what the payer lays out is what providers receive and what
somebody between them retains (`conservation_gap` = 0). Amounts are dollars.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import decimal_text
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_word
from openvbc.rules.split import cents

INSIDE: Final = "inside"
TARGET_PRICE: Final = "target_price"
CARVE_OUT: Final = "carve_out"
PASS_THROUGH: Final = "pass_through"  # noqa: S105 - a word of the contract

ARRANGEMENT: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "outer_benchmark",
        "usd",
        "benchmark of the outer contract with all its members' care",
        "contract, benchmark",
    ),
    Leaf(
        "outer_claims",
        "usd",
        "claims paid for the outer contract's members, in arrangements or not",
        "contract, expenditure",
    ),
    Leaf(
        "claims_in_no_arrangement",
        "usd",
        "the part of these claims that no nested arrangement covers",
        "contract, expenditure",
    ),
    Leaf(
        "nested_treatment",
        "text",
        "inside, target_price, carve_out or pass_through: what becomes of it in the outer contract",
        "contract, nested arrangements",
        ARRANGEMENT,
    ),
    Leaf(
        "nested_claims",
        "usd",
        "claims paid for the outer contract's members that the arrangement covers",
        "contract, nested arrangements",
        ARRANGEMENT,
    ),
    Leaf(
        "nested_claims_settled_before",
        "usd",
        "the part of these claims that an arrangement declared before it covers too",
        "contract, order of nested arrangements",
        ARRANGEMENT,
        default=Decimal(0),
    ),
    Leaf(
        "nested_target",
        "usd",
        "target price of the care that the arrangement settles; needed for target_price",
        "contract, nested arrangements",
        ARRANGEMENT,
        default=None,
    ),
    Leaf(
        "nested_benchmark",
        "usd",
        "the part of the outer benchmark that is this care; needed for carve_out",
        "contract, nested arrangements",
        ARRANGEMENT,
        default=None,
    ),
    Leaf(
        "nested_gain",
        "usd",
        "what the payer pays the arrangement's providers besides claims; below zero they pay",
        "contract, nested arrangements",
        ARRANGEMENT,
    ),
    Leaf(
        "nested_retained",
        "usd",
        "the part of the gain that a convener, a reserve or an escrow keeps; below zero of a loss",
        "contract, nested arrangements",
        ARRANGEMENT,
        default=Decimal(0),
    ),
    Leaf(
        "nested_received",
        "usd",
        "what the providers received of the gain, by their own books; none = gain less retained",
        "contract, nested arrangements",
        ARRANGEMENT,
        default=None,
    ),
    Leaf(
        "nested_gain_total",
        "usd",
        "all gains and losses together, by the payer's books; none = the sum of the arrangements'",
        "contract, nested arrangements",
        default=None,
    ),
    Leaf(
        "savings_settlement",
        "usd",
        "what the payer pays on the outer contract; component shared_savings computes it",
        "contract, savings and losses",
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "outer_benchmark": wrong_amount,
    "outer_claims": wrong_amount,
    "claims_in_no_arrangement": wrong_amount,
    "nested_treatment": wrong_word(INSIDE, TARGET_PRICE, CARVE_OUT, PASS_THROUGH),
    "nested_claims": wrong_amount,
    "nested_claims_settled_before": wrong_amount,
    "nested_target": wrong_amount,
    "nested_benchmark": wrong_amount,
}

RESULTS: Final = (
    "nested_own_claims",
    "nested_claims_left",
    "nested_amount_added",
    "nested_benchmark_out",
    "nested_gain_paid",
    "nested_gain_received",
    "nested_payer_part",
    "claims_gap",
    "total_benchmark",
    "total_expenditure",
    "payer_outlay",
    "provider_receipts",
    "retained_between",
    "conservation_gap",
    "payer_kept",
)


def _needed(name: str, amount: Decimal | None, treatment: str) -> Decimal:
    """An amount that a treatment cannot do without; raises RefusedError for none."""
    if amount is None:
        raise RefusedError(f"nested_treatment is {treatment}; give {name}")
    require(CHECKS, **{name: amount})
    return amount


@rule(unit="usd", cite="contract, order of nested arrangements", per=("stratum",))
def nested_own_claims(nested_claims: Decimal, nested_claims_settled_before: Decimal) -> Decimal:
    """Claims that the arrangement settles: those that none declared before it covers."""
    require(
        CHECKS,
        nested_claims=nested_claims,
        nested_claims_settled_before=nested_claims_settled_before,
    )
    if nested_claims_settled_before > nested_claims:
        found = f"{nested_claims_settled_before:f} settled before"
        raise RefusedError(f"{found}; expected a part of the claims of {nested_claims:f}")
    return nested_claims - nested_claims_settled_before


@rule(unit="usd", cite="contract, nested arrangements", per=("stratum",))
def nested_claims_left(nested_treatment: str, nested_own_claims: Decimal) -> Decimal:
    """Claims of the arrangement that stand in the outer expenditure as they were paid."""
    require(CHECKS, nested_treatment=nested_treatment)
    stay = nested_treatment in {INSIDE, PASS_THROUGH}
    return nested_own_claims if stay else Decimal(0)


@rule(unit="usd", cite="contract, nested arrangements", per=("stratum",))
def nested_gain_paid(nested_gain: Decimal) -> Decimal:
    """What the payer pays the arrangement's providers besides claims, to the cent."""
    return cents(nested_gain)


@rule(unit="usd", cite="contract, nested arrangements", per=("stratum",))
def nested_amount_added(
    nested_treatment: str, nested_gain_paid: Decimal, nested_target: Decimal | None
) -> Decimal:
    """What the arrangement adds to the outer expenditure besides claims: its gain, or target."""
    require(CHECKS, nested_treatment=nested_treatment)
    if nested_treatment == TARGET_PRICE:
        return _needed("nested_target", nested_target, TARGET_PRICE)
    return nested_gain_paid if nested_treatment == INSIDE else Decimal(0)


@rule(unit="usd", cite="contract, nested arrangements", per=("stratum",))
def nested_benchmark_out(nested_treatment: str, nested_benchmark: Decimal | None) -> Decimal:
    """What leaves the outer benchmark with an arrangement that is carved out."""
    require(CHECKS, nested_treatment=nested_treatment)
    if nested_treatment != CARVE_OUT:
        return Decimal(0)
    return _needed("nested_benchmark", nested_benchmark, CARVE_OUT)


@rule(unit="usd", cite="contract, nested arrangements", per=("stratum",))
def nested_gain_received(
    nested_gain_paid: Decimal, nested_retained: Decimal, nested_received: Decimal | None
) -> Decimal:
    """What the arrangement's providers receive of the gain; below zero what they pay of a loss."""
    return nested_gain_paid - nested_retained if nested_received is None else nested_received


@rule(unit="usd", cite="contract, nested arrangements", per=("stratum",))
def nested_payer_part(
    nested_target: Decimal | None, nested_own_claims: Decimal, nested_gain_paid: Decimal
) -> Decimal | None:
    """What the payer keeps of the target after claims and gain; below zero it bears a loss.

    None where no target is given.
    """
    if nested_target is None:
        return None
    require(CHECKS, nested_target=nested_target)
    return nested_target - nested_own_claims - nested_gain_paid


@rule(unit="usd", cite="contract, order of nested arrangements")
def nested_claims_settled(
    nested_own_claims: ByStratum, nested_claims_settled_before: ByStratum
) -> Decimal:
    """Claims of all arrangements, each once, by the first that covers it.

    Nothing can be settled before that no arrangement declared before settles.
    """
    settled = Decimal(0)
    for name, own in nested_own_claims.items():
        before = nested_claims_settled_before[name]
        if before > settled:
            found = f"{name}: {before:f} settled before"
            raise RefusedError(f"{found}, but those declared before it settle {settled:f}")
        settled += own
    return settled


@rule(unit="usd", cite="contract, nested arrangements; each claim settled once")
def claims_gap(
    outer_claims: Decimal, claims_in_no_arrangement: Decimal, nested_claims_settled: Decimal
) -> Decimal:
    """Claims less those in no arrangement and those of each arrangement; always 0, or refused."""
    require(CHECKS, outer_claims=outer_claims, claims_in_no_arrangement=claims_in_no_arrangement)
    gap = outer_claims - claims_in_no_arrangement - nested_claims_settled
    if gap:
        parts = f"{claims_in_no_arrangement:f} in none and {nested_claims_settled:f} in some"
        found = f"claims of {outer_claims:f}, but {parts} arrangement"
        raise RefusedError(f"{found}: {abs(gap):f} {'lost' if gap > 0 else 'settled twice'}")
    return gap


@rule(unit="usd", cite="contract, benchmark and nested arrangements")
def total_benchmark(outer_benchmark: Decimal, nested_benchmark_out: ByStratum) -> Decimal:
    """Benchmark of the outer contract, without the arrangements that are carved out."""
    require(CHECKS, outer_benchmark=outer_benchmark)
    out = sum(nested_benchmark_out.values(), Decimal(0))
    if out > outer_benchmark:
        raise RefusedError(f"{out:f} is carved out of a benchmark of {outer_benchmark:f}")
    return outer_benchmark - out


@rule(unit="usd", cite="contract, expenditure and nested arrangements")
def total_expenditure(
    claims_in_no_arrangement: Decimal,
    nested_claims_left: ByStratum,
    nested_amount_added: ByStratum,
    claims_gap: Decimal,
) -> Decimal:
    """Expenditure of the outer contract: claims that count as paid, gains and targets.

    Without claims that add up there is none: the gap is 0, or refused.
    """
    added = (*nested_claims_left.values(), *nested_amount_added.values())
    return sum(added, claims_in_no_arrangement + claims_gap)


@rule(unit="usd", cite="contract, conservation")
def payer_outlay(
    outer_claims: Decimal,
    nested_gain_total: Decimal | None,
    nested_gain_paid: ByStratum,
    savings_settlement: Decimal,
) -> Decimal:
    """All that the payer lays out for these members: claims, gains and the outer settlement."""
    gains = nested_gain_total
    if gains is None:
        gains = sum(nested_gain_paid.values(), Decimal(0))
    return outer_claims + gains + savings_settlement


@rule(unit="usd", cite="contract, conservation")
def provider_receipts(
    claims_in_no_arrangement: Decimal,
    nested_claims_settled: Decimal,
    nested_gain_received: ByStratum,
    savings_settlement: Decimal,
) -> Decimal:
    """All that providers receive: claims, layer by layer, gains and the outer settlement."""
    gains = sum(nested_gain_received.values(), Decimal(0))
    return claims_in_no_arrangement + nested_claims_settled + gains + savings_settlement


@rule(unit="usd", cite="contract, conservation")
def retained_between(nested_retained: ByStratum) -> Decimal:
    """What somebody between payer and providers keeps."""
    return sum(nested_retained.values(), Decimal(0))


@rule(unit="usd", cite="contract, conservation")
def conservation_gap(
    payer_outlay: Decimal,
    provider_receipts: Decimal,
    retained_between: Decimal,
) -> Decimal:
    """Outlay less receipts and less what is retained; always 0, or refused."""
    gap = payer_outlay - provider_receipts - retained_between
    if gap:
        outlay, received, retained, missing = map(
            decimal_text, (payer_outlay, provider_receipts, retained_between, gap)
        )
        parts = f"providers receive {received} and {retained} is retained"
        raise RefusedError(f"the payer lays out {outlay}, {parts}: {missing} is unaccounted")
    return gap


@rule(unit="usd", cite="contract, conservation")
def payer_kept(outer_benchmark: Decimal, payer_outlay: Decimal) -> Decimal:
    """Benchmark of all care less the outlay: what the payer saves; below zero it pays more."""
    return outer_benchmark - payer_outlay
