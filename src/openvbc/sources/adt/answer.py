"""Answers to messages: kept, in error, or rejected because it is no message at all."""

import re
from datetime import UTC, datetime
from typing import Final

import hl7

from openvbc.sources.adt.message import Fault

NO_MESSAGE: Final = Fault("is no HL7 v2 message", "segments that begin with MSH and its separators")
NO_FRAME: Final = Fault("is no MLLP frame", "a start block before the message")
TOO_LONG: Final = Fault("is longer than what is taken", "at most 4 MiB")
BROKEN: Final = Fault("could not be taken", "nothing of the sender; it is kept and looked into")

_CONTROL_ID: Final = re.compile(r"MSH\|[^|\r\n]*(?:\|[^|\r\n]*){7}\|(?P<id>[^|\r\n]{1,199})")


def accepted(message: hl7.Message) -> str:
    """The answer to a message that is kept."""
    return str(message.create_ack("AA"))


def in_error(message: hl7.Message, fault: Fault) -> str:
    """The answer to a message that can be taken apart, and is not what is read."""
    answer = message.create_ack("AE")
    answer.assign_field(_words(fault), "MSA", 1, 3)
    return str(answer)


def rejected(text: str, fault: Fault, code: str = "AR") -> str:
    """The answer to what cannot be taken apart; with its control id where that can be seen."""
    seen = _CONTROL_ID.search(text)
    moment = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    control_id = f"A{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    return "\r".join(
        [
            f"MSH|^~\\&|||||{moment}||ACK|{control_id}|P|2.5.1",
            f"MSA|{code}|{seen['id'] if seen else ''}|{_words(fault)}",
            "",
        ]
    )


def _words(fault: Fault) -> str:
    return f"{fault.reason}; expected {fault.expected}"
