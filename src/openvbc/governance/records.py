"""The records of a minute book: each a YAML file, each naming the hash of the one before."""

from decimal import Decimal
from typing import Final, Literal

from pydantic import Field, StrictInt

from openvbc.contract.document import ID
from openvbc.contract.shape import Day, Shape

FIRST: Final = "none"
"""What the first record of a book names as the one before."""


class Record(Shape):
    """What every record says: its number, its kind, its day, the hash of the record before."""

    record: StrictInt = Field(ge=1)
    kind: str
    contract: str = Field(pattern=ID)
    date: Day
    previous: str


class Proposal(Record):
    """Something put to the governing body.

    subject: distribution_rules (clause: the hash of the clauses that are proposed), or distribution
    of one statement (statement: its id). purpose: what the arrangement is for, as it is disclosed.
    """

    kind: Literal["proposal"]
    proposal: str = Field(pattern=ID)
    subject: Literal["distribution_rules", "distribution", "other"]
    text: str = Field(min_length=1)
    purpose: str = ""
    clause: str | None = None
    statement: str | None = None


class Determination(Record):
    """The votes on a proposal, and from when to when it holds if it was adopted.

    basis: why the body finds the arrangement reasonably related to its purpose.
    """

    kind: Literal["determination"]
    proposal: str = Field(pattern=ID)
    votes: dict[str, Literal["for", "against", "abstain"]]
    basis: str = Field(min_length=1)
    effective: Day
    until: Day | None = None


class DocumentRecord(Record):
    """A document that is there: of which kind, of which day, where it is found."""

    kind: Literal["document"]
    document: str
    document_date: Day
    reference: str = Field(min_length=1)
    path: str | None = None
    sha256: str | None = None
    valid_until: Day | None = None


class StopLoss(Shape):
    """Stop-loss protection that is in force.

    aggregate: it covers costs of referral services above a share of potential payments.
    per_patient: above a deductible for each patient, combined, or one for institutional and one for
    professional services.
    coverage: the share of the costs above that it pays.
    """

    kind: Literal["aggregate", "per_patient"]
    coverage: Decimal = Field(ge=0, le=1)
    attachment_share: Decimal | None = None
    combined: Decimal | None = None
    institutional: Decimal | None = None
    professional: Decimal | None = None


class IncentivePlan(Record):
    """A year's figures of a physician incentive plan (42 CFR 422.208).

    potential_payments: the most that can be paid, quality bonuses left out. at_risk: how much of it
    depends on the use or cost of services that the physicians do not furnish themselves.
    required_deductible: the combined deductible of CMS's table for the panel, with its source, for
    years in which the regulation itself has none.
    """

    kind: Literal["incentive_plan"]
    first_day: Day
    last_day: Day
    potential_payments: Decimal = Field(gt=0)
    at_risk: Decimal = Field(ge=0)
    panel_size: StrictInt = Field(ge=1)
    stop_loss: StopLoss | None = None
    required_deductible: Decimal | None = None
    required_deductible_source: str | None = None


class IncentiveArrangement(Record):
    """A year's figures of a Medicaid incentive arrangement (42 CFR 438.6(b)(2)).

    capitation: approved payments for the enrollees or services that the incentive covers.
    """

    kind: Literal["incentive_arrangement"]
    first_day: Day
    last_day: Day
    capitation: Decimal = Field(gt=0)
    incentive: Decimal = Field(ge=0)


class UseOfSavings(Record):
    """What kept savings were spent on: tied to the settlement and its statement."""

    kind: Literal["use_of_savings"]
    settlement: str
    statement: str
    account: str
    purpose: str = Field(min_length=1)
    amount: Decimal = Field(gt=0)
    reference: str = Field(min_length=1)


SHAPES: Final[dict[str, type[Record]]] = {
    "proposal": Proposal,
    "determination": Determination,
    "document": DocumentRecord,
    "incentive_plan": IncentivePlan,
    "incentive_arrangement": IncentiveArrangement,
    "use_of_savings": UseOfSavings,
}
"""The kinds of record."""
