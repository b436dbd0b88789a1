"""When what a statement says is due is paid, disputed, charged with interest, and reopened.

Every term is the contract's own; a term that is left out gives no such right: without
`dispute_days` a dispute has no last day, without `interest` none can be charged. A statement holds
the payment terms it was made under, so that a later amendment does not change what stood.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from openvbc.contract.shape import Shape

Days = Annotated[StrictInt, Field(ge=0)]
Years = Annotated[StrictInt, Field(ge=1)]
Share = Annotated[Decimal, Field(ge=0, le=1)]

DayCount = Literal["actual/365", "actual/360", "30/360"]


class Interest(Shape):
    """Simple interest on what is overdue: the rate of a year, and how days are counted.

    No interest runs on interest, on what is disputed, or before the due day.
    """

    rate: Share
    day_count: DayCount = "actual/365"


class Security(Shape):
    """What is held against repayment: in escrow or by a letter of credit.

    share: of the amount that a statement settles.
    """

    kind: Literal["escrow", "letter_of_credit"]
    share: Share


class PaymentTerms(Shape):
    """The payment terms of a contract.

    due_days: a statement's amount is due so many days after it. dispute_days: a line can be
    disputed so many days after the statement. reconsideration_days: so many days after a dispute
    was resolved its outcome can be brought up again. reopening_years: so many years after the
    statement it can be reopened. set_off: amounts of several periods or contracts of the same two
    parties may be set against each other.
    """

    due_days: Days | None = None
    interest: Interest | None = None
    set_off: StrictBool = False
    security: Security | None = None
    dispute_days: Days | None = None
    reconsideration_days: Days | None = None
    reopening_years: Years | None = None
