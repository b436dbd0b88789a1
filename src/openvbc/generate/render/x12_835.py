"""A generated population's payments as an 835 file: one advice for each payee and day."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import duckdb

from openvbc.generate.render.tables import fetched, opened, read_sql
from openvbc.generate.render.x12_file import Interchange, TransactionSet, write_interchange

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "allowed_cents empty": "what is not allowed is told as adjustments, so it is never empty",
        "claim_type, facility_ccn of crossover claims": "no 837 answers for them",
        "diagnoses and procedures": "a remittance has none; see the 837",
        "pharmacy claims": "pharmacies are paid by NCPDP remittances",
    }
)
"""What an 835 cannot say of a payment, and why."""

_GUIDE: Final = "005010X221A1"


class _Payment(NamedTuple):
    payer: str
    payee_npi: str
    payee_tin: str
    paid_on: date
    paid_cents: int
    claim: str


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write `835.x12` into out. seed: number of the interchange."""
    with opened(population, out) as connection:
        last = connection.execute("SELECT max(effective_on) FROM medical_claim").fetchone()
        if last is None or last[0] is None:
            return
        about = Interchange("835", _GUIDE, "HP", "CMS", "OPENVBC", seed, last[0])
        write_interchange(out / "835.x12", about, _sets(connection))


def _sets(connection: duckdb.DuckDBPyConnection) -> Iterator[TransactionSet]:
    payments = (_Payment(*row) for row in fetched(connection, read_sql("x12_835")))
    keyed = groupby(payments, key=lambda it: it[:4])
    for number, ((payer, npi, tin, paid_on), claims) in enumerate(keyed, start=1):
        yield _set(number, str(payer), str(npi), str(tin), paid_on, list(claims))


def _set(
    number: int, payer: str, npi: str, tin: str, paid_on: date, claims: list[_Payment]
) -> TransactionSet:
    total = sum(it.paid_cents for it in claims)
    day = f"{paid_on:%Y%m%d}"
    # a payment cannot be below zero: what is owed is carried forward by the provider adjustment
    forward = f"PLB*{npi}*{day}*FB:{number}*{_dollars(total)}~" if total < 0 else ""
    parts = [
        f"BPR*I*{_dollars(max(total, 0))}*C*NON************{day}~",
        f"TRN*1*{npi}{day}*1{tin}~",
        f"DTM*405*{day}~N1*PR*{payer}~N3*1 MAIN STREET~N4*ANYTOWN*MD*000010000~",
        f"PER*BL*HELP*TE*0000000000~N1*PE*PAYEE*XX*{npi}~REF*TJ*{tin}~LX*1~",
        *(it.claim for it in claims),
        forward,
    ]
    return TransactionSet(paid_on, "".join(parts))


def _dollars(cents: int) -> str:
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02}"
