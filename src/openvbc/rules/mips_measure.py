"""Merit-based Incentive Payment System: the points of each quality and cost measure.

Strata are the measures as submitted: one measure by one collection type. The rules stand in the
order of 42 CFR 414.1380(b)(1): what makes a measure scoreable, the decile that its rate reaches,
floors and caps, and the adjustment for complex organizations. Rates are in the unit of the
benchmark file (a percentage, a ratio, dollars). No points means that a measure does not count,
neither for nor against.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_share
from openvbc.rules.rule import Axis, Leaf, Unknown, rule

EACH: Final[frozenset[Axis]] = frozenset({"stratum"})
FULL_POINTS: Final = Decimal(10)
QUALITY: Final = "quality"
COST: Final = "cost"
ESTABLISHED: Final = "established"
ADMINISTRATIVE_CLAIMS: Final = "administrativeClaims"
SURVEY_VENDOR: Final = "certifiedSurveyVendor"
ECQM: Final = "electronicHealthRecord"
APP: Final = "app"

REPORTING: Final = Leaf(
    "reporting",
    "text",
    "traditional, mvp (MIPS Value Pathway) or app (APM Performance Pathway, APP Plus included)",
    "42 CFR 414.1325, 414.1365, 414.1367",
    default="traditional",
)
SMALL_PRACTICE: Final = Leaf(
    "small_practice",
    "flag",
    "whether the practice has 15 or fewer eligible clinicians",
    "42 CFR 414.1305 (small practice)",
    default=False,
)

LEAVES: Final = (
    REPORTING,
    SMALL_PRACTICE,
    Leaf(
        "measure_id",
        "text",
        "the measure's id in the benchmark file",
        "42 CFR 414.1330(a)(1)",
        per=EACH,
        default="not_stated",
    ),
    Leaf(
        "collection_type",
        "text",
        "how the data came, in the benchmark file's words: electronicHealthRecord (eCQM), registry "
        "(MIPS CQM), claims, administrativeClaims, certifiedSurveyVendor",
        "42 CFR 414.1305 (collection type)",
        per=EACH,
    ),
    Leaf(
        "measure_category",
        "text",
        "quality or cost",
        "42 CFR 414.1380(b)(1)-(2)",
        per=EACH,
        default=QUALITY,
    ),
    Leaf(
        "measure_age",
        "text",
        "first_year or second_year of a quality measure in the program, else established",
        "42 CFR 414.1380(b)(1)(i)(C)",
        per=EACH,
        default=ESTABLISHED,
    ),
    Leaf(
        "performance_rate",
        "score",
        "performance on the measure, in the benchmark file's unit; none = not submitted",
        "42 CFR 414.1380(b)(1)",
        per=EACH,
        default=None,
    ),
    Leaf("cases", "count", "cases of the measure", "42 CFR 414.1380(b)(1)(iii)", per=EACH),
    Leaf(
        "own_case_minimum",
        "count",
        "fewest cases where the measure has a minimum of its own (hospital-wide readmission: 200)",
        "42 CFR 414.1380(b)(1)(iii), (b)(2)(ii)",
        per=EACH,
        default=None,
    ),
    Leaf(
        "data_completeness",
        "rate",
        "share of the eligible patients for whom data were submitted; none = not asked of it",
        "42 CFR 414.1340",
        per=EACH,
        default=None,
    ),
    Leaf(
        "benchmark_cut_points",
        "brackets",
        "where deciles 2 to 10 of the benchmark begin, the worst first; none = no benchmark",
        "42 CFR 414.1380(b)(1)(ii)",
        per=EACH,
        default=None,
    ),
    Leaf(
        "decile_one_start",
        "score",
        "where decile 1 of the benchmark begins; none = every rate in decile 1 earns one point",
        "42 CFR 414.1380(b)(1)(ii)",
        per=EACH,
        default=None,
    ),
    Leaf(
        "inverse_measure",
        "flag",
        "whether a lower rate is better; none = not told by the benchmark file",
        "42 CFR 414.1305 (inverse measure)",
        per=EACH,
        default=None,
    ),
    Leaf(
        "topped_out_two_years",
        "flag",
        "whether the benchmark is topped out for the second year or longer, and is not on CMS's "
        "list of measures under limited choice",
        "42 CFR 414.1380(b)(1)(iv)",
        per=EACH,
        default=False,
    ),
    Leaf(
        "complex_organization",
        "flag",
        "whether an APM Entity or a virtual group is scored",
        "42 CFR 414.1380(b)(1)(vii)(C)",
        default=False,
    ),
    Leaf(
        "left_out_ecqm_earns_point",
        "flag",
        "whether an eCQM that is left out for lack of a benchmark earns the complex organization "
        "point; public text does not say; none = not stated",
        "42 CFR 414.1367(c)(1)(i), 414.1380(b)(1)(vii)(C)",
        default=None,
    ),
)

RESULTS: Final = ("measure_points",)


@rule(unit="flag", cite="42 CFR 414.1380(b)(1)(iii), (b)(2)(ii)", per=("stratum",))
def case_minimum_met(
    cases: Decimal, own_case_minimum: Decimal | None, case_minimum: Decimal
) -> bool:
    """Whether the measure has enough cases: its own minimum, or the general one."""
    return cases >= (case_minimum if own_case_minimum is None else own_case_minimum)


@rule(unit="flag", cite="42 CFR 414.1340", per=("stratum",))
def data_complete(data_completeness: Decimal | None, data_completeness_threshold: Decimal) -> bool:
    """Whether enough of the eligible patients were submitted."""
    if data_completeness is None:
        return True
    require_share(data_completeness=data_completeness)
    return data_completeness >= data_completeness_threshold


def reaches(rate: Decimal, edge: Decimal, inverse: bool) -> bool:
    """Whether a rate is at an edge or better."""
    return rate <= edge if inverse else rate >= edge


@rule(unit="count", cite="42 CFR 414.1380(b)(1)(i)-(ii)", per=("stratum",))
def decile(
    performance_rate: Decimal | None,
    benchmark_cut_points: Sequence[Decimal] | None,
    inverse_measure: bool | None,
) -> Decimal | Unknown | None:
    """The benchmark's decile that the rate reaches; a rate on an edge is in the upper decile.

    Where several deciles begin at one rate, the rate is in the highest of them.
    """
    if performance_rate is None or benchmark_cut_points is None:
        return None
    if inverse_measure is None:
        return Unknown("decile unknown: the file does not tell if lower is better; give the fact")
    edges = benchmark_cut_points
    return Decimal(1 + sum(reaches(performance_rate, it, inverse_measure) for it in edges))


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(i)-(ii)", per=("stratum",))
def benchmark_points(
    decile: Decimal | None,
    performance_rate: Decimal | None,
    benchmark_cut_points: Sequence[Decimal] | None,
    decile_one_start: Decimal | None,
) -> Decimal | None:
    """The number of the decile and the part of it that the rate has gone through; ten in the last.

    None without a rate or a benchmark. A rate worse than where decile 1 begins earns one point.
    """
    if decile is None or performance_rate is None or benchmark_cut_points is None:
        return None
    if decile == FULL_POINTS:
        return FULL_POINTS
    place = int(decile) - 1
    upper = benchmark_cut_points[place]
    lower = benchmark_cut_points[place - 1] if place else decile_one_start
    if lower is None or lower == upper:
        return decile
    return decile + max((performance_rate - lower) / (upper - lower), Decimal(0))


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(iv)", per=("stratum",))
def most_points(topped_out_two_years: bool, topped_out_cap: Decimal | None) -> Decimal:
    """The most that the measure can earn: ten points, or the cap of a topped-out measure."""
    capped = topped_out_two_years and topped_out_cap is not None
    return topped_out_cap if capped and topped_out_cap is not None else FULL_POINTS


@rule(
    unit="flag",
    cite="42 CFR 414.1367(c)(1)(i), 414.1380(b)(1)(i)(A), (b)(2)(iii)",
    per=("stratum",),
)
def left_out_unscored(reporting: str, measure_category: str, collection_type: str) -> bool:
    """Whether the measure is left out where it has no benchmark or too few cases.

    So are the measures that nobody chose: those of the APP, of administrative claims, of cost.
    """
    chosen = measure_category == QUALITY and collection_type != ADMINISTRATIVE_CLAIMS
    return reporting == APP or not chosen


@rule(unit="flag", cite="42 CFR 414.1367(c)(1), 414.1380(b)(1)(vii)", per=("stratum",))
def owed_to_the_set(reporting: str, measure_category: str, collection_type: str) -> bool:
    """Whether the measure earns nothing where it is not submitted: those to submit in the APP."""
    calculated = collection_type in {ADMINISTRATIVE_CLAIMS, SURVEY_VENDOR}
    return reporting == APP and measure_category == QUALITY and not calculated


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(i)-(iv), (b)(2)(i)", per=("stratum",))
def measure_points(
    performance_rate: Decimal | None,
    owed_to_the_set: bool,
    data_complete: bool,
    case_minimum_met: bool,
    benchmark_points: Decimal | None,
    left_out_unscored: bool,
    incomplete_measure_points: Decimal,
    unscored_measure_points: Decimal,
    new_measure_points: Decimal | None,
    fewest_points: Decimal,
    most_points: Decimal,
) -> Decimal | None:
    """Achievement points: of the benchmark between floor and cap, or what is given without one.

    None for a measure that is left out, or was not submitted and need not be.
    """
    if performance_rate is None:
        return Decimal(0) if owed_to_the_set else None
    if not data_complete:
        return incomplete_measure_points
    if benchmark_points is not None and case_minimum_met:
        return min(max(benchmark_points, fewest_points), most_points)
    if left_out_unscored:
        return None
    new = case_minimum_met and new_measure_points is not None
    return new_measure_points if new else unscored_measure_points


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(vii)(C)", per=("stratum",))
def complex_organization_point(
    complex_organization: bool,
    collection_type: str,
    performance_rate: Decimal | None,
    case_minimum_met: bool,
    data_complete: bool,
    measure_points: Decimal | None,
    left_out_ecqm_earns_point: bool | None,
    complex_organization_points: Decimal,
) -> Decimal | Unknown:
    """The point for an eCQM of an APM Entity or virtual group, as far as ten are not passed."""
    submitted = performance_rate is not None and case_minimum_met and data_complete
    if not (complex_organization and submitted and collection_type == ECQM):
        return Decimal(0)
    if measure_points is not None:
        return min(complex_organization_points, FULL_POINTS - measure_points)
    if left_out_ecqm_earns_point is None and complex_organization_points:
        return Unknown("complex organization point unknown: left_out_ecqm_earns_point not stated")
    return complex_organization_points if left_out_ecqm_earns_point else Decimal(0)
