"""A generated population's claims as 837 files, professional and institutional."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Final

from openvbc.generate.render.tables import fetched, opened, read_sql
from openvbc.generate.render.x12_file import Interchange, TransactionSet, write_interchange
from openvbc.sources.reader import SOURCES_FOLDER

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "crossover claims": "Medicare hands them on to Medicaid; see the 835",
        "allowed_cents, paid_cents, denied": "a claim is sent before it is judged; see the 835",
        "bill_type_code of adjustments": "its third digit is the claim's frequency, here 7",
        "claim_id": "the payer's own number; the 835 carries it",
        "discharge_disposition_code empty": "the guide needs one on every institutional claim",
        "billing_tin empty": "the guide needs a taxpayer number of every billing provider",
        "rendering_specialty_code": "carried as a taxonomy code; dme as the billing taxonomy",
    }
)
"""What an 837 cannot say of a claim, and why."""

_CLAIMS_IN_SET: Final = 1_000
_GUIDES: Final = {"837I": "005010X223A2", "837P": "005010X222A1"}
_SUBMITTER: Final = (
    "NM1*41*2*SYNTHETIC CLEARINGHOUSE*****46*OPENVBC~PER*IC*HELP*TE*0000000000~"
    "NM1*40*2*CMS*****46*CMS~"
)

_Claim = tuple[str, date, str, str, str]


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write `837P.x12` and `837I.x12` into out. seed: number of the first interchange."""
    taxonomy = str(SOURCES_FOLDER / "x12" / "taxonomy.csv")
    with opened(population, out, taxonomy=taxonomy) as connection:
        claims = (_claim(row) for row in fetched(connection, read_sql("x12_837")))
        for number, (guide, of_guide) in enumerate(groupby(claims, key=lambda it: it[0])):
            rows = list(_sets(of_guide))
            about = Interchange(
                "837", _GUIDES[guide], "HC", "OPENVBC", "CMS", 2 * seed + number, rows[-1].sent_on
            )
            write_interchange(out / f"{guide}.x12", about, rows)


def _claim(row: tuple[object, ...]) -> _Claim:
    guide, sent_on, billing, taxonomy, claim = row
    if not isinstance(sent_on, date):
        raise TypeError(type(sent_on))
    return str(guide), sent_on, str(billing), str(taxonomy), str(claim)


def _sets(claims: Iterable[_Claim]) -> Iterator[TransactionSet]:
    """One set for each day of sending, and for each thousand claims of it."""
    number = 0
    for sent_on, of_day in groupby(claims, key=lambda it: it[1]):
        batch: list[_Claim] = []
        for claim in of_day:
            batch.append(claim)
            if len(batch) == _CLAIMS_IN_SET:
                number += 1
                yield _set(sent_on, number, batch)
                batch = []
        if batch:
            number += 1
            yield _set(sent_on, number, batch)


def _set(sent_on: date, number: int, claims: Iterable[_Claim]) -> TransactionSet:
    parts = [f"BHT*0019*00*{number}*{sent_on:%Y%m%d}*1200*CH~", _SUBMITTER]
    level = 0
    for (taxonomy, billing), billed in groupby(claims, key=lambda it: (it[3], it[2])):
        level += 1
        biller = level
        parts.append(f"HL*{biller}**20*1~{taxonomy}{billing}")
        for it in billed:
            level += 1
            parts.append(f"HL*{level}*{biller}*22*0~{it[4]}")
    return TransactionSet(sent_on, "".join(parts))
