"""An MLLP listener: messages are kept and acknowledged as they come, and loaded within a second.

A message is acknowledged (AA) after it is on disk below `<data>/inbox/adt/`; one that cannot be
read is answered with AE and the reason, and kept too, for the load to set it aside by its number.
What waits in the inbox is loaded together, as one delivery. A listener that is killed between the
two finds its messages in the inbox again, and messages loaded twice change nothing.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import hl7
from hl7.mllp import HL7StreamReader, HL7StreamWriter, InvalidBlockError, start_hl7_server

from openvbc.engine.store import sync
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.adt.message import Fault, read_message
from openvbc.sources.load import LoadResult

INBOX: Final = Path("inbox") / "adt"
_PAUSE: Final = 0.2
"""Seconds between two looks into the inbox: what comes meanwhile is loaded together."""

_LONGEST: Final = 1 << 22
"""Bytes of the longest message that is taken."""

_OTHER_BYTES: Final = "surrogateescape"
"""Bytes that are not UTF-8, as of a name in Latin-1, are kept as they came."""

Loader = Callable[[Path], LoadResult]
"""Loads a folder of messages."""


@dataclass
class Tally:
    """What the listener did so far."""

    received: int = 0
    refused: int = 0
    loads: int = 0


@dataclass
class Listener:
    """Listens for one workspace.

    data is the workspace's data folder; load loads a folder of messages into it; told is called
    after every load. Problems of a load are told too, and its messages stay below `failed/`.
    """

    data: Path
    load: Loader
    told: Callable[[LoadResult | OpenVBCError], object] = lambda _: None
    tally: Tally = field(default_factory=Tally)
    _numbers: Any = field(default_factory=count)

    @property
    def inbox(self) -> Path:
        """Where messages wait."""
        return self.data / INBOX

    async def serve(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        listening: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Listen until cancelled; listening is told the port.

        Raises InputError where the address cannot be listened on.
        """
        self._waiting().mkdir(parents=True, exist_ok=True)
        try:
            server = await start_hl7_server(
                self._converse,
                host,
                port,
                limit=_LONGEST,
                encoding="utf-8",
                encoding_errors=_OTHER_BYTES,
                ssl=tls,
            )
        except OSError as error:
            what = "cannot be listened on; choose another port or address"
            raise InputError(Problem(f"{host}:{port}", what)) from error
        async with server:
            listening(server.sockets[0].getsockname()[1])
            await asyncio.gather(server.serve_forever(), self._load_forever())

    async def _converse(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        """Answer every message of one connection, until it is closed or breaks the framing."""
        try:
            while True:
                message = await reader.readmessage()
                writer.writemessage(self._take(message))
                await writer.drain()
        except (
            asyncio.IncompleteReadError,
            InvalidBlockError,
            hl7.HL7Exception,
            ConnectionError,
        ):
            pass
        finally:
            writer.close()

    def _take(self, message: hl7.Message) -> hl7.Message:
        """Keep a message and make its acknowledgement."""
        self.tally.received += 1
        text = str(message)
        path = self._waiting() / f"{time.time_ns()}-{next(self._numbers):09d}.hl7"
        # it appears by one rename, so that no half of it is loaded
        written = path.with_suffix(".part")
        written.write_text(text, encoding="utf-8", errors=_OTHER_BYTES, newline="")
        sync(written)
        written.rename(path)
        sync(path.parent)
        read = read_message(text)
        if isinstance(read, Fault):
            self.tally.refused += 1
            answer = message.create_ack("AE")
            answer.assign_field(f"{read.reason}; expected {read.expected}", "MSA", 1, 3)
            return answer
        return message.create_ack("AA")

    def _waiting(self) -> Path:
        return self.inbox / "waiting"

    async def _load_forever(self) -> None:
        while True:
            await asyncio.to_thread(self.load_waiting)
            await asyncio.sleep(_PAUSE)

    def load_waiting(self) -> None:
        """Load what waits, as one delivery; a delivery that was begun before goes first."""
        taken = self.inbox / "taken"
        taken.mkdir(parents=True, exist_ok=True)
        if not any(taken.iterdir()):
            for path in sorted(self._waiting().glob("*.hl7")):
                path.rename(taken / path.name)
        if not any(taken.iterdir()):
            return
        try:
            self.told(self.load(taken))
            self.tally.loads += 1
            for path in taken.iterdir():
                path.unlink()
        except OpenVBCError as error:
            self._put_aside(taken)
            self.told(error)

    def _put_aside(self, taken: Path) -> None:
        failed = self.inbox / "failed"
        failed.mkdir(exist_ok=True)
        for path in taken.iterdir():
            path.rename(failed / path.name)
