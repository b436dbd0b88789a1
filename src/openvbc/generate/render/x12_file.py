"""What the X12 renderers share: interchanges around transaction sets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class TransactionSet:
    """One set: its day, and its segments between ST and SE, each ended with a tilde."""

    sent_on: date
    body: str


@dataclass(frozen=True)
class Interchange:
    """What an interchange says of its sets. control: number of the interchange and its group."""

    set_type: str
    guide: str
    functional_code: str
    sender: str
    receiver: str
    control: int
    sent_on: date


def write_interchange(path: Path, about: Interchange, sets: Iterable[TransactionSet]) -> int:
    """Write one interchange of one group; the number of its sets."""
    day = about.sent_on
    count = 0
    # the 835 names its guide in the group alone
    guide = "" if about.set_type == "835" else f"*{about.guide}"
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{about.sender:15}*ZZ*{about.receiver:15}"
            f"*{day:%y%m%d}*1200*^*00501*{about.control:09}*0*T*:~\n"
            f"GS*{about.functional_code}*{about.sender}*{about.receiver}*{day:%Y%m%d}*1200"
            f"*{about.control}*X*{about.guide}~\n"
        )
        for it in sets:
            count += 1
            control = f"{count:04}"
            segments = it.body.count("~") + 2
            body = it.body.replace("~", "~\n")
            file.write(f"ST*{about.set_type}*{control}{guide}~\n{body}SE*{segments}*{control}~\n")
        file.write(f"GE*{count}*{about.control}~\nIEA*1*{about.control:09}~\n")
    return count
