"""A generated population's enrolment as 834 files: who was added, who late, then what ended."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Final

from openvbc.generate.render.tables import fetched, opened, read_sql
from openvbc.generate.render.x12_file import Interchange, TransactionSet, write_interchange

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "line_of_business": "an 834 names a plan, not its line of business: give it to the load",
        "medicare_advantage, other_program": "no element of an 834 says it",
        "enrolment_type, dual_status_code, medicare_status_code": "no element of an 834 says it",
        "part_a, part_b of other payers": "are carried as no Medicare, and come back as false",
        "race as a word": "is a code with fewer values",
    }
)
"""What an 834 cannot say of coverage, and why."""

_GUIDE: Final = "005010X220A1"


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write `834-begin.x12`, `834-retroactive.x12` and `834-end.x12` into out.

    The second adds, later, the people of whom the payer came to know late. seed: number of the
    first interchange.
    """
    with opened(population, out) as connection:
        day = connection.execute("SELECT max(received_on) FROM eligibility").fetchone()
        if day is None or day[0] is None:
            return
        rows = fetched(connection, read_sql("x12_834"))
        for number, (action, members) in enumerate(groupby(rows, key=lambda it: str(it[0]))):
            sent_on = day[0] + timedelta(days=number)
            about = Interchange(
                "834", _GUIDE, "BE", "SPONSOR", "OPENVBC", 3 * seed + number, sent_on
            )
            sets = [
                _set(sent_on, str(payer), "".join(str(it[2]) for it in of_payer))
                for payer, of_payer in groupby(members, key=lambda it: it[1])
            ]
            write_interchange(out / f"834-{action}.x12", about, sets)


def _set(sent_on: date, payer: str, members: str) -> TransactionSet:
    header = (
        f"BGN*00*{payer}*{sent_on:%Y%m%d}*1200****2~"
        f"N1*P5*SPONSOR*FI*000000000~N1*IN*{payer}*FI*000000000~"
    )
    return TransactionSet(sent_on, header + members)
