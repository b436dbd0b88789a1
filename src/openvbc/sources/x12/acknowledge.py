"""Acknowledgement of what was received: 999 for transaction sets, 277CA for claims.

A 999 (005010X231A1) says of each group and set whether it stands, and where it does not. A 277CA
(005010X214) says of each claim of a set that stands whether it is taken into adjudication; claims
of a rejected set are answered by the 999 alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from openvbc.sources.x12.envelope import (
    GroupResult,
    InterchangeResult,
    Listener,
    SetResult,
    read,
)
from openvbc.sources.x12.fault import Fault
from openvbc.sources.x12.tokens import Segment
from openvbc.sources.x12.walk import Row, SetHeader, Unit

_IMPLEMENTATION: Final = "005010X231A1"
_CLAIM_ACKNOWLEDGEMENT: Final = "005010X214"
_ENVELOPES: Final = ("ST", "SE", "GS")
_SEGMENT_IN_ERROR: Final = "5"
_CHARACTERS: Final = str.maketrans(dict.fromkeys("~*:^", " "))


@dataclass(frozen=True)
class Acknowledged:
    """What was answered: sets and claims accepted and rejected, and the files written."""

    sets_accepted: int
    sets_rejected: int
    claims_accepted: int
    claims_rejected: int
    files: tuple[Path, ...]


class _Claim(NamedTuple):
    """One claim as the 277CA tells it."""

    billing_npi: str
    billing_name: str
    row: Row
    about: Row
    fault: Fault | None


@dataclass
class _Set:
    """One set that awaits the end of its group."""

    result: SetResult
    claims: list[_Claim]


@dataclass
class _Tally:
    sets: list[int] = field(default_factory=lambda: [0, 0])
    claims: list[int] = field(default_factory=lambda: [0, 0])


def acknowledge(path: Path, out: Path, *, received_on: date) -> Acknowledged:
    """Write `<name>.999.x12` and, where it holds claims, `<name>.277CA.x12` into out.

    received_on: the day the file came. Raises InputError where the file is no whole interchange.
    """
    reply = _Reply(received_on)
    read(path, path.name, reply.listener)
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for kind, bodies in (("999", reply.answers), ("277CA", reply.claim_answers)):
        if bodies:
            target = out / f"{path.stem}.{kind}.x12"
            target.write_text("".join(bodies), encoding="utf-8")
            files.append(target)
    sets, claims = reply.tally.sets, reply.tally.claims
    return Acknowledged(sets[0], sets[1], claims[0], claims[1], tuple(files))


class _Reply:
    """Gathers what is to be said, group by group."""

    def __init__(self, received_on: date) -> None:
        self._day = f"{received_on:%Y%m%d}"
        self._claims: list[_Claim] = []
        self._sets: list[_Set] = []
        self._groups: list[tuple[GroupResult, list[_Set]]] = []
        self.answers: list[str] = []
        self.claim_answers: list[str] = []
        self.tally = _Tally()
        self.listener = Listener(self._unit, self._set, self._group, self._interchange)

    def _unit(self, header: SetHeader, unit: Unit) -> None:  # noqa: ARG002 - a listener hears both
        if unit.table == "claim":
            row = unit.main
            npi, name = str(row.get("billing_npi") or ""), str(row.get("billing_name") or "")
            self._claims.append(_Claim(npi, name, _told(unit), unit.about, unit.fault))

    def _set(self, result: SetResult) -> None:
        self._sets.append(_Set(result, self._claims))
        self._claims = []

    def _group(self, result: GroupResult) -> None:
        self._groups.append((result, self._sets))
        self._sets = []

    def _interchange(self, result: InterchangeResult) -> None:
        """An interchange that does not stand rejects its groups too."""
        isa, groups, self._groups = result.header, self._groups, []
        for group, _ in groups:
            group.faults.extend(result.faults)
        replies = [self._functional(group, sets, at) for at, (group, sets) in enumerate(groups, 1)]
        if replies:
            self.answers.append(_envelope(isa, "FA", _IMPLEMENTATION, replies, self._day))
        told = [it for group, sets in groups for it in self._of_claims(group, sets)]
        if told:
            bodies = [
                _transaction("277", at, _CLAIM_ACKNOWLEDGEMENT, it) for at, it in enumerate(told, 1)
            ]
            self.claim_answers.append(
                _envelope(isa, "HN", _CLAIM_ACKNOWLEDGEMENT, bodies, self._day)
            )

    def _functional(self, group: GroupResult, sets: list[_Set], number: int) -> str:
        good = 0 if group.faults else sum(not it.result.faults for it in sets)
        self.tally.sets[0] += good
        self.tally.sets[1] += len(sets) - good
        status = "A" if good == len(sets) and not group.faults else "P" if good else "R"
        said = [f"AK1*{group.functional_code}*{group.control}*{group.version}"]
        for it in sets:
            said.extend(_set_response(it.result, rejected=bool(group.faults)))
        codes = "".join(f"*{it}" for it in dict.fromkeys(fault.code for fault in group.faults))
        declared = group.declared if group.declared.isdigit() else str(len(sets))
        said.append(f"AK9*{status}*{declared}*{len(sets)}*{good}{codes}")
        return _transaction("999", number, _IMPLEMENTATION, said)

    def _of_claims(self, group: GroupResult, sets: list[_Set]) -> Iterator[list[str]]:
        if group.faults:
            return
        for it in sets:
            if it.claims and not it.result.faults:
                bad = sum(claim.fault is not None for claim in it.claims)
                self.tally.claims[0] += len(it.claims) - bad
                self.tally.claims[1] += bad
                yield list(_claim_response(it, self._day))


def _told(unit: Unit) -> Row:
    """What the 277CA says of a claim, with its days from claim or lines."""
    row = unit.main
    lines = [it for table, it in unit.rows if table == "claim_line"]
    first = [str(it["first_day"]) for it in lines if it.get("first_day")]
    last = [str(it["last_day"]) for it in lines if it.get("last_day")]
    kept = ("claim_number", "charge_cents", "person_key", "payer")
    return {it: row.get(it) for it in kept} | {
        "first_day": row.get("statement_first_day") or min(first, default=None),
        "last_day": row.get("statement_last_day") or max(last, default=None),
    }


def _set_response(result: SetResult, *, rejected: bool) -> Iterator[str]:
    header = result.header
    yield f"AK2*{header.set_type[:3]}*{_clean(header.control)}*{_clean(header.guide)}"
    in_segments = [it for it in result.faults if it.segment not in _ENVELOPES]
    for fault in in_segments:
        position = max(fault.position - header.position + 1, 1)
        yield f"IK3*{fault.segment or 'ZZZ'}*{position}**{fault.code}"
        if fault.element:
            yield f"IK4*{fault.element}**{fault.element_code}"
    codes = [it.code for it in result.faults if it.segment in _ENVELOPES]
    if in_segments:
        codes.append(_SEGMENT_IN_ERROR)
    status = "R" if rejected or result.faults else "A"
    yield "*".join(["IK5", status, *dict.fromkeys(codes)])


def _claim_response(it: _Set, day: str) -> Iterator[str]:
    """The hierarchy of one 277CA: payer, submitter, billing provider, patient."""
    about, header = it.claims[0].about, it.result.header
    payer = _name(about.get("receiver")) or "PAYER"
    submitter = _name(about.get("submitter")) or "SUBMITTER"
    reference = _clean(about.get("reference")) or header.control
    yield f"BHT*0085*08*{header.control}*{day}*0000*TH"
    yield "HL*1**20*1"
    yield f"NM1*PR*2*{payer}*****PI*{_clean(about.get('receiver_number')) or 'UNKNOWN'}"
    yield f"TRN*1*{reference}"
    yield f"DTP*050*D8*{day}"
    yield f"DTP*009*D8*{day}"
    yield "HL*2*1*21*1"
    yield f"NM1*41*2*{submitter}*****46*{_clean(about.get('submitter_number')) or 'UNKNOWN'}"
    yield f"TRN*2*{reference}"
    yield from _totals(it.claims, day)
    level = 2
    for (npi, name), billed in groupby(it.claims, key=lambda claim: (claim[0], claim[1])):
        level += 1
        provider = level
        yield f"HL*{provider}*2*19*1"
        yield f"NM1*85*2*{_name(name) or 'PROVIDER'}" + (f"*****XX*{npi}" if npi else "")
        yield "TRN*1*0"
        of_provider = list(billed)
        yield f"STC*A1:19:PR**WQ*{_dollars(_charges(of_provider))}"
        for claim in of_provider:
            level += 1
            yield f"HL*{level}*{provider}*PT"
            yield from _claim_status(claim, day)


def _totals(claims: list[_Claim], day: str) -> Iterator[str]:
    good = [it for it in claims if it.fault is None]
    bad = [it for it in claims if it.fault is not None]
    yield f"STC*A1:19:PR*{day}*WQ*{_dollars(_charges(claims))}"
    if good:
        yield f"QTY*90*{len(good)}"
    if bad:
        yield f"QTY*AA*{len(bad)}"
    if good:
        yield f"AMT*YU*{_dollars(_charges(good))}"
    if bad:
        yield f"AMT*YY*{_dollars(_charges(bad))}"


def _claim_status(claim: _Claim, day: str) -> Iterator[str]:
    row, about = claim.row, claim.about
    last, first = _name(about.get("last")) or "UNKNOWN", _name(about.get("first"))
    number = _clean(row.get("person_key"))
    yield f"NM1*QC*1*{last}*{first}****MI*{number}" if number else f"NM1*QC*1*{last}*{first}"
    yield f"TRN*2*{_clean(row.get('claim_number')) or '0'}"
    charge = _dollars(int(row.get("charge_cents") or 0))
    # A2: into adjudication; A7: rejected, information invalid (21) as the 12th element tells
    if claim.fault is None:
        yield f"STC*A2:20:PR*{day}*WQ*{charge}"
    else:
        yield f"STC*A7:21:PR*{day}*U*{charge}********{_clean(claim.fault.said)}"
    if about.get("trace"):
        yield f"REF*D9*{_clean(about['trace'])}"
    first_day, last_day = str(row["first_day"] or ""), str(row["last_day"] or "")
    if first_day and last_day:
        days = f"{first_day.replace('-', '')}-{last_day.replace('-', '')}"
        yield f"DTP*472*RD8*{days}"


def _charges(claims: list[_Claim]) -> int:
    return sum(int(it.row.get("charge_cents") or 0) for it in claims)


def _dollars(cents: int) -> str:
    whole, part = divmod(abs(cents), 100)
    text = f"{whole}.{part:02}".rstrip("0").rstrip(".")
    return f"-{text}" if cents < 0 else text


def _clean(value: object) -> str:
    """A value without characters that separate."""
    return " ".join(str(value or "").translate(_CHARACTERS).split())


def _name(value: object) -> str:
    return _clean(value)[:60]


def _transaction(kind: str, number: int, guide: str, said: list[str]) -> str:
    control = f"{number:04}"
    segments = [f"ST*{kind}*{control}*{guide}", *said, f"SE*{len(said) + 2}*{control}"]
    return "".join(f"{it.rstrip('*')}~\n" for it in segments)


def _envelope(isa: Segment, code: str, guide: str, bodies: list[str], day: str) -> str:
    """An interchange back to the sender, under the control number of what it answers."""
    mine, yours = isa.elements[8], isa.elements[6]
    control = f"{int(isa.at(13)):09}" if isa.at(13).isascii() and isa.at(13).isdigit() else "0" * 9
    head = (
        f"ISA*00*{'':10}*00*{'':10}*{isa.at(7):2}*{mine:15}*{isa.at(5):2}*{yours:15}"
        f"*{day[2:]}*0000*^*00501*{control}*0*{isa.at(15) or 'P'}*:~\n"
        f"GS*{code}*{mine.strip()}*{yours.strip()}*{day}*0000*{int(control) or 1}*X*{guide}~\n"
    )
    return f"{head}{''.join(bodies)}GE*{len(bodies)}*{int(control) or 1}~\nIEA*1*{control}~\n"
