"""Qualifying APM participants: who is exempt from MIPS and earns the APM incentive payment.

The rules stand in the order of 42 CFR 414.1425-414.1450. Strata are the calculations that CMS
makes: at each snapshot date for the APM Entity, and for the clinician where that counts, over all
covered professional services or evaluation and management services. The best of them decides.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_share
from openvbc.rules.rule import Leaf, Over, RefusedError, Unknown, rule

ByCalculation = Annotated[Mapping[str, Decimal | None], Over("stratum")]
CountsByCalculation = Annotated[Mapping[str, bool], Over("stratum")]

ENTITY: Final = "entity"
QUALIFYING: Final = "qualifying"
PARTIAL: Final = "partial"
NEITHER: Final = "neither"

LEAVES: Final = (
    Leaf(
        "level",
        "text",
        "entity or individual: whose services are counted",
        "42 CFR 414.1425(b)",
        per=frozenset({"stratum"}),
        default=ENTITY,
    ),
    *(
        Leaf(name, unit, says, cite, per=frozenset({"stratum"}), default=None)
        for name, unit, says, cite in (
            (
                "payments_through_entity",
                "usd",
                "Part B payments for covered professional services to attributed beneficiaries",
                "42 CFR 414.1435(a)(1)",
            ),
            (
                "payments_in_all",
                "usd",
                "the same payments to all attribution-eligible beneficiaries",
                "42 CFR 414.1435(a)(2)",
            ),
            (
                "patients_through_entity",
                "persons",
                "attributed beneficiaries",
                "42 CFR 414.1435(b)(1)",
            ),
            (
                "patients_in_all",
                "persons",
                "attribution-eligible beneficiaries",
                "42 CFR 414.1435(b)(2)",
            ),
            (
                "all_payer_payment_score",
                "rate",
                "payment threshold score of all payers, as CMS calculates it",
                "42 CFR 414.1440(b)",
            ),
            (
                "all_payer_patient_score",
                "rate",
                "patient count threshold score of all payers, as CMS calculates it",
                "42 CFR 414.1440(c)",
            ),
        )
    ),
    Leaf(
        "individual_determination",
        "flag",
        "whether the clinician is determined individually: an affiliated practitioner, or in "
        "several APM Entities that do not qualify",
        "42 CFR 414.1425(b)(2), (c)(4)",
        default=False,
    ),
    Leaf(
        "partial_elects_mips",
        "flag",
        "whether a Partial QP elects to report to MIPS; none = not stated",
        "42 CFR 414.1310(b)(1)(ii), 414.1425(d)",
        default=None,
    ),
    Leaf(
        "covered_services_payments",
        "usd",
        "estimated aggregate payments for covered professional services in the calendar year "
        "before the payment year; none = not yet known",
        "42 CFR 414.1450(b)(1)",
        default=None,
    ),
)

RESULTS: Final = (
    "best_payment_score",
    "best_patient_score",
    "participant_status",
    "tests_passed",
    "excluded_from_mips",
    "apm_incentive_payment",
)

WATERFALL: Final = {
    "payer_pays": ("apm_incentive_payment",),
    "entity_pays": ("apm_incentive_payment",),
}


def threshold_score(part: Decimal | None, whole: Decimal | None, what: str) -> Decimal | None:
    """A part as a share of the whole; none where one is not given.

    Raises RefusedError where nothing is eligible, or the part is more than the whole.
    """
    if part is None or whole is None:
        return None
    if whole <= 0 or not 0 <= part <= whole:
        raise RefusedError(
            f"{what}_through_entity is {part:f} and {what}_in_all {whole:f}; expected a part of "
            "what is more than 0"
        )
    return part / whole


@rule(unit="flag", cite="42 CFR 414.1425(b)-(c)", per=("stratum",))
def calculation_counts(
    level: str, individual_determination: bool, individual_level_counts: bool
) -> bool:
    """Whether the calculation decides: the entity's always, the clinician's where the law says."""
    return level == ENTITY or individual_level_counts or individual_determination


@rule(unit="rate", cite="42 CFR 414.1435(a)", per=("stratum",))
def payment_score(
    payments_through_entity: Decimal | None, payments_in_all: Decimal | None
) -> Decimal | None:
    """Payments through the APM Entity as a share of all."""
    return threshold_score(payments_through_entity, payments_in_all, "payments")


@rule(unit="rate", cite="42 CFR 414.1435(b)", per=("stratum",))
def patient_score(
    patients_through_entity: Decimal | None, patients_in_all: Decimal | None
) -> Decimal | None:
    """Patients seen through the APM Entity as a share of all."""
    return threshold_score(patients_through_entity, patients_in_all, "patients")


def highest(scores: Mapping[str, Decimal | None], counts: Mapping[str, bool]) -> Decimal | None:
    """The best score of the calculations that count; none where none has one.

    Raises RefusedError where a score is no share of 1.
    """
    found = [it for name, it in scores.items() if it is not None and counts[name]]
    require_share(**{f"score of {name}": it for name, it in scores.items() if it is not None})
    return max(found, default=None)


@rule(unit="rate", cite="42 CFR 414.1425(c)(3)-(4), 414.1435(a)")
def best_payment_score(
    payment_score: ByCalculation, calculation_counts: CountsByCalculation
) -> Decimal | None:
    """The highest payment threshold score of the calculations that count."""
    return highest(payment_score, calculation_counts)


@rule(unit="rate", cite="42 CFR 414.1425(c)(3)-(4), 414.1435(b)")
def best_patient_score(
    patient_score: ByCalculation, calculation_counts: CountsByCalculation
) -> Decimal | None:
    """The highest patient count threshold score of the calculations that count."""
    return highest(patient_score, calculation_counts)


def reached(score: Decimal | None, threshold: Decimal) -> bool:
    """Whether there is a score, and it is at the threshold or above."""
    return score is not None and score >= threshold


def status(qualifies: bool, partly: bool) -> str:
    """The better of the two that holds."""
    return QUALIFYING if qualifies else PARTIAL if partly else NEITHER


def result_of(score: Decimal | None, qp: Decimal, partial: Decimal) -> str | None:
    """What a score makes by its own thresholds; none without a score."""
    return None if score is None else status(score >= qp, score >= partial)


@rule(unit="text", cite="42 CFR 414.1430(a)(1)-(2), 414.1435(a)")
def medicare_payment_test(
    best_payment_score: Decimal | None,
    qp_payment_threshold: Decimal,
    partial_payment_threshold: Decimal,
) -> str | None:
    """Status by the payments of Medicare alone."""
    return result_of(best_payment_score, qp_payment_threshold, partial_payment_threshold)


@rule(unit="text", cite="42 CFR 414.1430(a)(3)-(4), 414.1435(b)")
def medicare_patient_test(
    best_patient_score: Decimal | None,
    qp_patient_threshold: Decimal,
    partial_patient_threshold: Decimal,
) -> str | None:
    """Status by the patients of Medicare alone."""
    return result_of(best_patient_score, qp_patient_threshold, partial_patient_threshold)


@rule(unit="text", cite="42 CFR 414.1425(c)-(d), 414.1430(a)")
def medicare_status(
    medicare_payment_test: str | None, medicare_patient_test: str | None
) -> str | Unknown:
    """Status by the Medicare option: the better of both tests.

    Unknown where a test that has no score could be the better one.
    """
    both = {medicare_payment_test, medicare_patient_test}
    if QUALIFYING not in both and None in both:
        lacking = "patients" if medicare_payment_test else "payments"
        if both == {None}:
            lacking = "payments and no patients"
        return Unknown(f"status unknown: no {lacking} given")
    return status(QUALIFYING in both, PARTIAL in both)


def with_minimum(
    option: bool,
    score: Decimal | None,
    medicare_score: Decimal | None,
    qp: tuple[Decimal, Decimal],
    partial: tuple[Decimal, Decimal],
) -> str | None:
    """Status by a score of all payers; qp, partial: its threshold, and Medicare's minimum."""
    if not option or score is None:
        return None
    return status(
        score >= qp[0] and reached(medicare_score, qp[1]),
        score >= partial[0] and reached(medicare_score, partial[1]),
    )


@rule(unit="text", cite="42 CFR 414.1430(b)(1)-(2), 414.1440(b)")
def all_payer_payment_test(
    all_payer_option: bool,
    all_payer_payment_score: ByCalculation,
    best_payment_score: Decimal | None,
    calculation_counts: CountsByCalculation,
    qp_payment_threshold: Decimal,
    qp_payment_minimum: Decimal,
    partial_payment_threshold: Decimal,
    partial_payment_minimum: Decimal,
) -> str | None:
    """Status by the payments of all payers; it needs a minimum of Medicare's."""
    return with_minimum(
        all_payer_option,
        highest(all_payer_payment_score, calculation_counts),
        best_payment_score,
        (qp_payment_threshold, qp_payment_minimum),
        (partial_payment_threshold, partial_payment_minimum),
    )


@rule(unit="text", cite="42 CFR 414.1430(b)(3)-(4), 414.1440(c)")
def all_payer_patient_test(
    all_payer_option: bool,
    all_payer_patient_score: ByCalculation,
    best_patient_score: Decimal | None,
    calculation_counts: CountsByCalculation,
    qp_patient_threshold: Decimal,
    qp_patient_minimum: Decimal,
    partial_patient_threshold: Decimal,
    partial_patient_minimum: Decimal,
) -> str | None:
    """Status by the patients of all payers; it needs a minimum of Medicare's."""
    return with_minimum(
        all_payer_option,
        highest(all_payer_patient_score, calculation_counts),
        best_patient_score,
        (qp_patient_threshold, qp_patient_minimum),
        (partial_patient_threshold, partial_patient_minimum),
    )


@rule(unit="text", cite="42 CFR 414.1425(c)(3), 414.1430(b), 414.1440")
def all_payer_status(all_payer_payment_test: str | None, all_payer_patient_test: str | None) -> str:
    """Status by the all-payer combination option, which is asked for: the better of both tests."""
    both = {all_payer_payment_test, all_payer_patient_test}
    return status(QUALIFYING in both, PARTIAL in both)


@rule(unit="text", cite="42 CFR 414.1425(c)(2)-(3), (d)")
def participant_status(medicare_status: str, all_payer_status: str) -> str:
    """The better status of both options: qualifying, partial or neither."""
    both = {medicare_status, all_payer_status}
    return status(QUALIFYING in both, PARTIAL in both)


@rule(unit="text", cite="42 CFR 414.1425(c)-(d), 414.1430")
def tests_passed(
    participant_status: str,
    medicare_payment_test: str | None,
    medicare_patient_test: str | None,
    all_payer_payment_test: str | None,
    all_payer_patient_test: str | None,
) -> str | None:
    """The tests that give the status, each of which would be enough; none where none does."""
    tests = {
        "Medicare payments": medicare_payment_test,
        "Medicare patients": medicare_patient_test,
        "all-payer payments": all_payer_payment_test,
        "all-payer patients": all_payer_patient_test,
    }
    if participant_status == NEITHER:
        return None
    return ", ".join(name for name, found in tests.items() if found == participant_status)


@rule(unit="flag", cite="42 CFR 414.1310(b)(1)(i)-(ii), 414.1425(d)")
def excluded_from_mips(participant_status: str, partial_elects_mips: bool | None) -> bool | Unknown:
    """Whether MIPS does not apply: a QP, or a Partial QP that does not elect it."""
    if participant_status != PARTIAL:
        return participant_status == QUALIFYING
    if partial_elects_mips is None:
        return Unknown("exclusion unknown: partial_elects_mips not stated")
    return not partial_elects_mips


@rule(unit="usd", cite="42 CFR 414.1450(b)(1); section 1833(z)(1) of the Act")
def apm_incentive_payment(
    participant_status: str,
    apm_incentive_rate: Decimal,
    covered_services_payments: Decimal | None,
) -> Decimal | Unknown:
    """The lump sum of a QP: a share of the year's covered professional services, to the cent."""
    if participant_status != QUALIFYING or apm_incentive_rate == 0:
        return Decimal(0)
    if covered_services_payments is None:
        return Unknown("APM incentive payment unknown: covered_services_payments missing")
    return round_half_up(apm_incentive_rate * covered_services_payments, 2)
