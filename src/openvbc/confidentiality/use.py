"""Whether what was loaded may be used for a purpose, source by source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openvbc.confidentiality.agreement import AGREEMENTS, Agreement, read_agreements
from openvbc.confidentiality.release import today
from openvbc.errors import InputError, Problem
from openvbc.sources.loads import loads


@dataclass(frozen=True)
class SourceUse:
    """What one source may be used for, as its loads and its agreement say.

    agreement: the id that a load named. why_not: why nothing may be done with it; else empty.
    """

    source: str
    owner: str
    agreement: str | None
    purposes: tuple[str, ...]
    recipients: tuple[str, ...] | None
    valid_to: date | None
    loads: int
    why_not: str = ""

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        recipients = None if self.recipients is None else list(self.recipients)
        return {
            "source": self.source,
            "owner": self.owner,
            "agreement": self.agreement,
            "purposes": list(self.purposes),
            "recipients": recipients,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "loads": self.loads,
            "why_not": self.why_not or None,
        }

    def against(self, purposes: Sequence[str], recipient: str | None) -> str:
        """Why it may be used for none of the purposes, or not by the recipient; else empty."""
        if self.why_not:
            return self.why_not
        if not set(purposes) & set(self.purposes):
            allowed = ", ".join(self.purposes) or "nothing"
            return f"permits {allowed}, not {' or '.join(purposes)}"
        if recipient is not None and self.recipients is not None:
            known = {self.owner, *self.recipients}
            if recipient not in known:
                return f"may go to {', '.join(sorted(known))}, not to {recipient}"
        return ""


def source_uses(root: Path, data: Path, day: date) -> list[SourceUse]:
    """Every loaded source with each agreement it was loaded under, by name."""
    known = read_agreements(root)
    found: dict[tuple[str, str | None, str], list[Mapping[str, Any]]] = {}
    for manifest in loads(data):
        options = manifest["options"]
        key = (options["data_source"], options["agreement"], options["permitted_purpose"])
        found.setdefault(key, []).append(options)
    ordered = sorted(found.items(), key=lambda it: tuple(part or "" for part in it[0]))
    return [_use(it[0], it[1], known, day) for it in ordered]


def _use(
    key: tuple[str, str | None, str],
    options: Sequence[Mapping[str, Any]],
    known: Mapping[str, Agreement],
    day: date,
) -> SourceUse:
    source, named, said = key
    stated = tuple(part.strip() for part in said.split(";") if part.strip())
    owner = str(options[-1]["owner"])
    if named is None:
        return SourceUse(source, owner, None, stated, None, None, len(options))
    agreement = known.get(named)
    if agreement is None:
        why = f"its agreement {named} is not in {AGREEMENTS}"
        return SourceUse(source, owner, named, (), None, None, len(options), why)
    both = tuple(it for it in stated if it in agreement.purposes)
    why = "" if agreement.in_force(day) else f"agreement {named} ended or has not begun"
    recipients, ends = agreement.recipients, agreement.valid_to
    return SourceUse(source, agreement.owner, named, both, recipients, ends, len(options), why)


def check_use(
    root: Path, data: Path, purposes: Sequence[str], recipient: str | None = None
) -> None:
    """Hold a use to what every loaded source permits: one of the purposes is enough.

    Raises InputError with each source that does not permit it, by name.
    """
    problems = list(_against(source_uses(root, data, today()), purposes, recipient))
    if problems:
        raise InputError(problems)


def _against(
    uses: Sequence[SourceUse], purposes: Sequence[str], recipient: str | None
) -> Iterator[Problem]:
    for it in uses:
        why = it.against(purposes, recipient)
        if why:
            yield Problem(f"source {it.source}", why)
