"""The facts of a settlement that come from the whole population, not from the ACO's own claims.

CMS publishes national and regional figures and sends each ACO its own; here they come from the
figures of a synthetic nation, in the shape of a settlement file's `facts`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.money import round_half_up
from openvbc.rules.ratio import ratio, weighted_mean

NATIONAL: Final = "national"
DUAL: Final = "aged_dual"
BASE_2: Final = "base_2"
BASE_3: Final = "base_3"
PERFORMANCE: Final = "performance"

CENTS: Final = 2
SCORE_PLACES: Final = 4
SHARE_PLACES: Final = 6


@dataclass(frozen=True)
class NationalFigure:
    """What the assignable beneficiaries of one area, year and enrolment type cost and are.

    area: "national" or a region. person_years: exposure. per_capita: dollars per person-year,
    truncated at truncation_cut dollars. hcc_risk, demographic_risk: mean scores.
    """

    year: int
    area: str
    enrolment_type: str
    person_years: Decimal
    per_capita: Decimal
    hcc_risk: Decimal
    demographic_risk: Decimal
    truncation_cut: Decimal


@dataclass(frozen=True)
class Provenance:
    """Where the facts come from and when they arrived, as every fact of a settlement says."""

    source: str
    received_on: date

    def fact(self, unit: str, **value: object) -> dict[str, Any]:
        """One fact: its unit, its provenance, and `value` or `values`."""
        origin = {"source": self.source, "received_on": self.received_on}
        return {"unit": unit, **origin, **value}


class _Figures:
    """The figures by area, role of the year in the settlement, and enrolment type."""

    def __init__(
        self,
        figures: Sequence[NationalFigure],
        years: Mapping[str, int],
        regions: Mapping[str, Decimal],
    ) -> None:
        self._by = {(it.area, it.year, it.enrolment_type): it for it in figures}
        self._years = years
        self._regions = regions
        self.strata = tuple(dict.fromkeys(it.enrolment_type for it in figures))
        lacking = [problem for role in years for problem in self._lacking(role)]
        if lacking:
            raise InputError(lacking)

    def _lacking(self, role: str) -> Iterator[Problem]:
        for stratum in self.strata:
            if (NATIONAL, self._years[role], stratum) not in self._by:
                what = f"no national figure of {self._years[role]} ({role}) for {stratum}"
                yield Problem("national figures", what)

    def national(self, role: str, stratum: str) -> NationalFigure:
        return self._by[NATIONAL, self._years[role], stratum]

    def regional(self, role: str, stratum: str, name: str) -> Decimal:
        """The regions' figure, weighted by where the ACO's beneficiaries live.

        The nation's figure stands in where no region has anyone of the type.
        """
        keys = {area: (area, self._years[role], stratum) for area in self._regions}
        found = {area: self._by[key] for area, key in keys.items() if key in self._by}
        values = {area: getattr(it, name) for area, it in found.items() if it.person_years}
        weights = {area: self._regions[area] for area in values}
        if not any(weights.values()):
            return Decimal(getattr(self.national(role, stratum), name))
        return weighted_mean(values, weights)

    def cells(self, name: str, places: int, *, regional: bool = False) -> dict[str, Any]:
        """A figure in every period and type, as a fact's values."""
        return {
            "values": {
                role: {
                    stratum: round_half_up(
                        self.regional(role, stratum, name)
                        if regional
                        else getattr(self.national(role, stratum), name),
                        places,
                    )
                    for stratum in self.strata
                }
                for role in self._years
            }
        }

    def dual_share(self, role: str) -> Decimal:
        """The dually eligible among the regions' assignable person-years."""
        lives = {it: self.regional(role, it, "person_years") for it in self.strata}
        share = ratio(lives[DUAL], sum(lives.values(), Decimal(0)), empty=0)
        return round_half_up(share, SHARE_PLACES)

    def projected_growth(self) -> Decimal:
        """The nation's last known growth, BY2 to BY3 in BY3's mix, carried to the performance year.

        One rate for all types, as a projection is: a type of few people has no growth of its own.
        """
        mix = {it: self.national(BASE_3, it).person_years for it in self.strata}
        after = weighted_mean({it: self.national(BASE_3, it).per_capita for it in self.strata}, mix)
        before = weighted_mean(
            {it: self.national(BASE_2, it).per_capita for it in self.strata}, mix
        )
        years = self._years[PERFORMANCE] - self._years[BASE_3]
        return round_half_up(ratio(after, before, empty=1) ** years, SCORE_PLACES)


def benchmark_facts(
    figures: Sequence[NationalFigure],
    *,
    years: Mapping[str, int],
    regions: Mapping[str, Decimal],
    market_share: Decimal,
    provenance: Provenance,
    regional_adjustment_count: int = 1,
    base_3_dual_share: Decimal | None = None,
    low_income_or_dual_share: Decimal | None = None,
    completion_factor: Decimal = Decimal(1),
) -> dict[str, dict[str, Any]]:
    """The `facts` of a settlement that mssp_expenditure and mssp_benchmark need, by name.

    years: role (performance, base_1 …) → calendar year. regions: region → share of the ACO's
    beneficiaries who live there. market_share: the ACO's share of its regions' assignable
    beneficiaries. The two dual shares are the regions' own where none is given. Values are
    Decimal. Raises InputError naming every national figure that is missing.
    """
    known = _Figures(figures, years, regions)
    fact = provenance.fact
    dual = known.dual_share(BASE_3) if base_3_dual_share is None else base_3_dual_share
    low_income = (
        known.dual_share(PERFORMANCE)
        if low_income_or_dual_share is None
        else low_income_or_dual_share
    )
    growth = dict.fromkeys(known.strata, known.projected_growth())
    return {
        "truncation_cut": fact("usd_per_capita", **known.cells("truncation_cut", CENTS)),
        "completion_factor": fact("rate", value=completion_factor),
        "national_per_capita": fact("usd_per_capita", **known.cells("per_capita", CENTS)),
        "regional_per_capita": fact(
            "usd_per_capita", **known.cells("per_capita", CENTS, regional=True)
        ),
        "national_hcc_score": fact("score", **known.cells("hcc_risk", SCORE_PLACES)),
        "regional_hcc_score": fact("score", **known.cells("hcc_risk", SCORE_PLACES, regional=True)),
        "national_demographic_score": fact(
            "score", **known.cells("demographic_risk", SCORE_PLACES)
        ),
        "regional_demographic_score": fact(
            "score", **known.cells("demographic_risk", SCORE_PLACES, regional=True)
        ),
        "market_share": fact("rate", value=round_half_up(market_share, SHARE_PLACES)),
        "acpt_growth": fact("rate", values=growth),
        "regional_adjustment_count": fact("count", value=Decimal(regional_adjustment_count)),
        "base_3_dual_share": fact("rate", value=dual),
        "low_income_or_dual_share": fact("rate", value=low_income),
    }
