"""Quality and Outcomes Framework, England: from patients to points, and from points to pounds.

The rules stand in the order of the General Medical Services Statement of Financial Entitlements
Directions (SFE): achievement and points by indicator, the list and prevalence factors, the payment.
A stratum is an indicator. Amounts are pounds, exact until the practice's total.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, Unknown, rule

INDICATOR: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "eligible_patients",
        "persons",
        "patients to whom the indicator applies, before personalised care adjustments",
        "SFE, Annex D; QOF business rules",
        per=INDICATOR,
    ),
    Leaf(
        "personalised_care_adjustments",
        "persons",
        "eligible patients left out of the indicator for reasons of their own care",
        "SFE, Annex D; NHS England, QOF guidance, section on personalised care adjustments",
        per=INDICATOR,
        default=Decimal(0),
    ),
    Leaf(
        "achieving_patients",
        "persons",
        "patients who received the care that the indicator counts",
        "SFE, Annex D; QOF business rules",
        per=INDICATOR,
    ),
    Leaf("maximum_points", "points", "points of the indicator", "SFE, Annex D", per=INDICATOR),
    Leaf(
        "lower_threshold",
        "rate",
        "achievement up to which the indicator earns nothing",
        "SFE, Annex D",
        per=INDICATOR,
    ),
    Leaf(
        "upper_threshold",
        "rate",
        "achievement from which the indicator earns all its points",
        "SFE, Annex D",
        per=INDICATOR,
    ),
    Leaf(
        "protected_points",
        "points",
        "points kept from an earlier year by income protection; none = earned by achievement",
        "SFE, Annex D (income protected indicators)",
        per=INDICATOR,
        default=None,
    ),
    Leaf(
        "prevalence_adjusted",
        "flag",
        "whether the indicator is paid by the prevalence of its condition",
        "SFE, Part 2, adjusted practice disease factor",
        per=INDICATOR,
    ),
    Leaf(
        "practice_prevalence",
        "rate",
        "the practice's register of the condition as a share of its registered patients",
        "SFE, Part 2, adjusted practice disease factor",
        per=INDICATOR,
        default=None,
    ),
    Leaf(
        "national_prevalence",
        "rate",
        "the same share over all practices in England",
        "SFE, Part 2, adjusted practice disease factor",
        per=INDICATOR,
        default=None,
    ),
    Leaf(
        "registered_patients",
        "persons",
        "the practice's registered patients at the start of the year's last quarter",
        "SFE, Part 1, contractor population index; Annex A, contractor registered population",
    ),
    Leaf(
        "stated_average_list",
        "persons",
        "national average registered list, for a year whose figure is no parameter",
        "SFE, Part 1, contractor population index",
        default=None,
    ),
    Leaf(
        "aspiration_paid",
        "gbp",
        "aspiration payments of the year, paid in advance",
        "SFE, Part 2, aspiration payments",
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "patients_counted",
    "personalised_care_adjustment_rate",
    "achievement_before_adjustments",
    "achievement",
    "indicator_points",
    "indicator_payment",
    "total_points",
    "achievement_payment",
    "achievement_payment_due",
)

WAY: Final = ("achievement_payment", "less aspiration_paid", "achievement_payment_due")

WATERFALL: Final = {"payer_pays": WAY, "entity_pays": WAY}


@rule(unit="persons", cite="SFE, Annex D; NHS England, QOF guidance", per=("stratum",))
def patients_counted(
    eligible_patients: Decimal,
    personalised_care_adjustments: Decimal,
    achieving_patients: Decimal,
) -> Decimal:
    """Denominator: eligible patients less personalised care adjustments."""
    counted = eligible_patients - personalised_care_adjustments
    if not 0 <= achieving_patients <= counted <= eligible_patients:
        raise RefusedError(
            f"{achieving_patients:f} achieving of {eligible_patients:f} eligible less "
            f"{personalised_care_adjustments:f} adjusted; expected no more than are counted"
        )
    return counted


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Part ÷ whole; none where there is nobody to count."""
    return part / whole if whole else None


@rule(unit="rate", cite="NHS England, QOF glossary: PCA rate", per=("stratum",))
def personalised_care_adjustment_rate(
    personalised_care_adjustments: Decimal, eligible_patients: Decimal
) -> Decimal | None:
    """Share of the eligible patients who are left out; none where nobody is eligible."""
    return share(personalised_care_adjustments, eligible_patients)


@rule(unit="rate", cite="NHS England, QOF glossary: patients receiving care", per=("stratum",))
def achievement_before_adjustments(
    achieving_patients: Decimal, eligible_patients: Decimal
) -> Decimal | None:
    """Share of all eligible patients who received the care. It is shown and pays nothing."""
    return share(achieving_patients, eligible_patients)


@rule(unit="rate", cite="SFE, Annex D, calculation of points", per=("stratum",))
def achievement(achieving_patients: Decimal, patients_counted: Decimal) -> Decimal | None:
    """Share of the counted patients who received the care; none where nobody is counted."""
    return share(achieving_patients, patients_counted)


def points_between(achieved: Decimal, lower: Decimal, upper: Decimal, maximum: Decimal) -> Decimal:
    """Points, linear from none at the lower threshold to the maximum at the upper one.

    Raises RefusedError where the thresholds are not shares in rising order.
    """
    if not 0 <= lower < upper <= 1:
        raise RefusedError(f"thresholds {lower:f} to {upper:f}; expected rising shares from 0 to 1")
    part = (achieved - lower) / (upper - lower)
    return maximum * min(max(part, Decimal(0)), Decimal(1))


@rule(unit="points", cite="SFE, Annex D, calculation of points", per=("stratum",))
def indicator_points(
    achievement: Decimal | None,
    lower_threshold: Decimal,
    upper_threshold: Decimal,
    maximum_points: Decimal,
    protected_points: Decimal | None,
    income_protection: bool,
) -> Decimal:
    """Points between the thresholds, or those that income protection keeps.

    An indicator that counts nobody earns none.
    """
    if protected_points is not None:
        if not income_protection or not 0 <= protected_points <= maximum_points:
            raise RefusedError(
                f"protected_points {protected_points:f}: not in a year without income protection, "
                f"nor outside 0 to {maximum_points:f}"
            )
        return protected_points
    if achievement is None:
        return Decimal(0)
    return points_between(achievement, lower_threshold, upper_threshold, maximum_points)


@rule(unit="persons", cite="SFE, Part 1, contractor population index")
def average_list(
    published_average_list: Decimal | None, stated_average_list: Decimal | None
) -> Decimal | Unknown:
    """National average registered list: the published figure, else the one stated."""
    if published_average_list is None:
        missing = Unknown("payment unknown: national average list missing")
        return missing if stated_average_list is None else stated_average_list
    if stated_average_list not in {None, published_average_list}:
        raise RefusedError(
            f"stated_average_list is {stated_average_list:f}, published {published_average_list:f}"
        )
    return published_average_list


@rule(unit="score", cite="SFE, Part 1, contractor population index")
def contractor_population_index(registered_patients: Decimal, average_list: Decimal) -> Decimal:
    """The practice's registered patients by the national average list; 1 is average."""
    return registered_patients / average_list


@rule(
    unit="score",
    cite="SFE, Part 2, adjusted practice disease factor (true prevalence: no root, no cut-off)",
    per=("stratum",),
)
def adjusted_practice_disease_factor(
    prevalence_adjusted: bool,
    practice_prevalence: Decimal | None,
    national_prevalence: Decimal | None,
) -> Decimal | Unknown:
    """Practice prevalence by national prevalence; 1 where prevalence does not count."""
    if not prevalence_adjusted:
        return Decimal(1)
    if practice_prevalence is None or national_prevalence is None:
        return Unknown("payment unknown: prevalence missing")
    return practice_prevalence / national_prevalence


@rule(unit="gbp", cite="SFE, Part 2, achievement payments", per=("stratum",))
def indicator_payment(
    indicator_points: Decimal,
    pounds_per_point: Decimal,
    contractor_population_index: Decimal,
    adjusted_practice_disease_factor: Decimal,
) -> Decimal:
    """Points at the value of a point, by list size and prevalence."""
    weight = contractor_population_index * adjusted_practice_disease_factor
    return indicator_points * pounds_per_point * weight


@rule(unit="points", cite="SFE, Part 2, achievement payments")
def total_points(indicator_points: ByStratum) -> Decimal:
    """Points of all indicators."""
    return sum(indicator_points.values(), Decimal(0))


@rule(unit="gbp", cite="SFE, Part 2, achievement payments")
def achievement_payment(indicator_payment: ByStratum) -> Decimal:
    """Payments of all indicators, to the penny."""
    return round_half_up(sum(indicator_payment.values(), Decimal(0)), 2)


@rule(unit="gbp", cite="SFE, Part 2, achievement payments and aspiration payments")
def achievement_payment_due(achievement_payment: Decimal, aspiration_paid: Decimal) -> Decimal:
    """What is still paid at the year's end; below zero the practice pays back."""
    return achievement_payment - aspiration_paid
