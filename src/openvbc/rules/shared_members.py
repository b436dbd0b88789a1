"""Members whom several contracts share by months: one amount, split to the cent.

A stratum is a contract; their declared order decides whose a month is that several of them claim:
the first's. Months that no contract claims stay with the payer. Every month of membership then
stands in one place, or the line is refused; the amount follows the months. Parts are rounded down
to the cent, and the cents that are left go one by one to the largest remainders, of equal ones to
the contract declared first; the payer's months come last.

It pays nothing by itself: its part of the amount is a term of another component, such as
`outer_claims: {is: shared_members/shared_part_of_this}`.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from openvbc.errors import near
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_factor
from openvbc.rules.split import cents

CENT: Final = Decimal("0.01")

UNCLAIMED: Final = "unclaimed"
"""The name of what no contract claims, beside the contracts' names."""

CONTRACT: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "shared_amount",
        "usd",
        "claims, or another amount, of the shared members in all their months",
        "contract, members shared with other contracts",
    ),
    Leaf(
        "shared_months",
        "months",
        "months of membership of the shared members",
        "contract, members shared with other contracts",
    ),
    Leaf(
        "shared_months_claimed",
        "months",
        "months in which the contract counts them among its members",
        "contract, members shared with other contracts",
        CONTRACT,
    ),
    Leaf(
        "shared_months_claimed_before",
        "months",
        "the part of these months that a contract declared before it claims too",
        "contract, order of contracts that share members",
        CONTRACT,
        default=Decimal(0),
    ),
    Leaf(
        "shared_months_unclaimed",
        "months",
        "months that no contract claims; their part of the amount stays with the payer",
        "contract, members shared with other contracts",
        default=Decimal(0),
    ),
    Leaf(
        "shared_this_contract",
        "text",
        "which of the contracts this one is",
        "contract, members shared with other contracts",
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "shared_months": wrong_factor,
    "shared_months_claimed": wrong_amount,
    "shared_months_claimed_before": wrong_amount,
    "shared_months_unclaimed": wrong_amount,
}

RESULTS: Final = (
    "shared_months_counted",
    "shared_months_gap",
    "shared_split",
    "shared_months_of_this",
    "shared_part_of_this",
    "shared_part_of_others",
    "shared_part_unclaimed",
)


@rule(unit="months", cite="contract, order of contracts that share members", per=("stratum",))
def shared_months_counted(
    shared_months_claimed: Decimal, shared_months_claimed_before: Decimal
) -> Decimal:
    """Months that are the contract's: those that none declared before it claims."""
    require(
        CHECKS,
        shared_months_claimed=shared_months_claimed,
        shared_months_claimed_before=shared_months_claimed_before,
    )
    if shared_months_claimed_before > shared_months_claimed:
        found = f"{shared_months_claimed_before:f} months claimed before"
        raise RefusedError(f"{found}; expected a part of {shared_months_claimed:f}")
    return shared_months_claimed - shared_months_claimed_before


def _require_order(own: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> None:
    """Raise RefusedError where more is claimed before than those declared before have."""
    had = Decimal(0)
    for name, months in own.items():
        if before[name] > had:
            found = f"{name}: {before[name]:f} months claimed before"
            raise RefusedError(f"{found}, but those declared before it have {had:f}")
        had += months


@rule(unit="months", cite="contract, members shared with other contracts")
def shared_months_gap(
    shared_months: Decimal,
    shared_months_counted: ByStratum,
    shared_months_claimed_before: ByStratum,
    shared_months_unclaimed: Decimal,
) -> Decimal:
    """Months less those of each contract and those of none; always 0, or refused.

    Nothing can be claimed before that no contract declared before has.
    """
    require(CHECKS, shared_months=shared_months, shared_months_unclaimed=shared_months_unclaimed)
    _require_order(shared_months_counted, shared_months_claimed_before)
    counted = sum(shared_months_counted.values(), shared_months_unclaimed)
    gap = shared_months - counted
    if gap:
        found = f"{shared_months:f} months of membership, but {counted:f} are counted"
        raise RefusedError(f"{found}: {abs(gap):f} {'lost' if gap > 0 else 'counted twice'}")
    return gap


def parts(amount: Decimal, months: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """An amount in whole cents by months, to the cent; the parts sum to it.

    The months sum to more than 0, and no part is a negative zero. Raises RefusedError for an
    amount with parts of a cent.
    """
    if amount != cents(amount):
        raise RefusedError(f"found {amount:f}; expected whole cents")
    whole = sum(months.values(), Decimal(0))
    exact = {name: amount * it / whole for name, it in months.items()}
    found = {name: it.quantize(CENT, ROUND_FLOOR) + 0 for name, it in exact.items()}
    left = int((amount - sum(found.values(), Decimal(0))) / CENT)
    for name in sorted(found, key=lambda it: found[it] - exact[it])[:left]:
        found[name] += CENT
    return found


def _split(
    amount: Decimal, counted: Mapping[str, Decimal], unclaimed: Decimal
) -> dict[str, Decimal]:
    """The parts of the contracts, and last the part of the months that none claims."""
    if UNCLAIMED in counted:
        raise RefusedError(f"no contract can be called {UNCLAIMED}; rename the stratum")
    return parts(amount, {**counted, UNCLAIMED: unclaimed})


@rule(unit="text", cite="contract, members shared with other contracts")
def shared_split(
    shared_amount: Decimal,
    shared_months_counted: ByStratum,
    shared_months_unclaimed: Decimal,
    shared_months_gap: Decimal,
) -> str:
    """The whole split, contract by contract."""
    rest = shared_months_unclaimed + shared_months_gap
    found = _split(shared_amount, shared_months_counted, rest)
    return "; ".join(f"{name} {part:,.2f}" for name, part in found.items())


@rule(unit="months", cite="contract, members shared with other contracts")
def shared_months_of_this(shared_months_counted: ByStratum, shared_this_contract: str) -> Decimal:
    """Months that are this contract's."""
    if shared_this_contract not in shared_months_counted:
        meant = near(shared_this_contract, shared_months_counted)
        raise RefusedError(f"{shared_this_contract} is none of the contracts{meant}")
    return shared_months_counted[shared_this_contract]


@rule(unit="usd", cite="contract, members shared with other contracts")
def shared_part_unclaimed(
    shared_amount: Decimal,
    shared_months_counted: ByStratum,
    shared_months_unclaimed: Decimal,
    shared_months_gap: Decimal,
) -> Decimal:
    """What the months that no contract claims leave with the payer, to the cent."""
    rest = shared_months_unclaimed + shared_months_gap
    return _split(shared_amount, shared_months_counted, rest)[UNCLAIMED]


@rule(unit="usd", cite="contract, members shared with other contracts")
def shared_part_of_this(
    shared_amount: Decimal,
    shared_months_of_this: Decimal,
    shared_months_counted: ByStratum,
    shared_months_unclaimed: Decimal,
    shared_months_gap: Decimal,
    shared_this_contract: str,
) -> Decimal:
    """This contract's part of the amount, to the cent; nothing without a month."""
    rest = shared_months_unclaimed + shared_months_gap
    found = _split(shared_amount, shared_months_counted, rest)
    return found[shared_this_contract] if shared_months_of_this else Decimal(0)


@rule(unit="usd", cite="contract, members shared with other contracts")
def shared_part_of_others(
    shared_amount: Decimal, shared_part_of_this: Decimal, shared_part_unclaimed: Decimal
) -> Decimal:
    """What the other contracts have of the amount."""
    return shared_amount - shared_part_of_this - shared_part_unclaimed
