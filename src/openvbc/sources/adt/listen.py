"""An MLLP listener: messages are kept and acknowledged as they come, and loaded within a second.

A message is acknowledged (AA) after it is on disk. One that is not what is read is answered with
AE and the reason, and kept too, for the load to set it aside by its number. What comes in a frame
and is no message is answered with AR, kept beside the others and noted in the trail of arrivals.
No message ends a conversation or the listener: what the program breaks on is kept for a replay.

What waits in the inbox is loaded together, as one delivery. Where a delivery fails it is tried
again in halves, so that one message holds up no other. A listener that is killed finds its
messages in the inbox again, and messages loaded twice change nothing.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import hl7
from hl7.mllp import HL7StreamReader, HL7StreamWriter, InvalidBlockError, start_hl7_server

from openvbc.engine.store import file_digest
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.adt import answer
from openvbc.sources.adt.inbox import Inbox
from openvbc.sources.adt.message import Fault, read_message
from openvbc.sources.arrivals import Arrival, append
from openvbc.sources.formats import failure
from openvbc.sources.load import LoadResult

_PAUSE: Final = 0.05
"""Seconds between two looks into the inbox: what comes meanwhile is loaded together."""

_PAUSE_AFTER_FAILURE: Final = 5.0
"""Seconds until the inbox is looked into again where it could not be, as with a full disk."""

_LONGEST: Final = 1 << 22
"""Bytes of the longest message that is taken."""

_MOST: Final = 500
"""Messages that are loaded together."""

_OTHER_BYTES: Final = "surrogateescape"
"""Bytes that are not UTF-8, as of a name in Latin-1, are kept as they came."""

Loader = Callable[[Path], LoadResult]
"""Loads a folder of messages."""


@dataclass
class Tally:
    """What the listener did so far: refused are answered AE, rejected AR; failed are kept aside."""

    received: int = 0
    refused: int = 0
    rejected: int = 0
    failed: int = 0
    loads: int = 0


@dataclass
class Listener:
    """Listens for one workspace.

    data is the workspace's data folder; load loads a folder of messages into it; told is called
    after every load and with what went wrong, never with a value of a message. data_source names
    the feed in the trail of arrivals.
    """

    data: Path
    load: Loader
    told: Callable[[LoadResult | OpenVBCError], object] = lambda _: None
    data_source: str = "adt"
    tally: Tally = field(default_factory=Tally)
    _most: int = _MOST

    @cached_property
    def inbox(self) -> Inbox:
        """Where messages wait."""
        return Inbox(self.data)

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
        try:
            server = await start_hl7_server(
                self._converse, host, port, limit=_LONGEST, encoding="utf-8", ssl=tls
            )
        except OSError as error:
            what = "cannot be listened on; choose another port or address"
            raise InputError(Problem(f"{host}:{port}", what)) from error
        async with server:
            listening(server.sockets[0].getsockname()[1])
            await asyncio.gather(server.serve_forever(), self._load_forever())

    async def _converse(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        """Answer everything that comes in one connection, until the other side closes it."""
        is_cut = False  # the rest of a message that was too long is still to come
        try:
            while True:
                said, is_cut = await self._answer(reader, is_cut=is_cut)
                if said:
                    writer.writeblock(said.encode(errors=_OTHER_BYTES))
                    await writer.drain()
        except (asyncio.IncompleteReadError, OSError):  # the other side is gone
            pass
        finally:
            writer.close()

    async def _answer(self, reader: HL7StreamReader, *, is_cut: bool) -> tuple[str, bool]:
        """The answer to what comes next, and whether the rest of it is still to come."""
        try:
            return self.take(await reader.readblock()), False
        except InvalidBlockError:
            fault, is_begun = answer.NO_FRAME, False
        except ValueError:  # what the stream raises beyond its limit
            fault, is_begun = answer.TOO_LONG, True
        if is_cut:
            return "", is_begun
        self.tally.received += 1
        return self._reject(b"", fault), is_begun

    def take(self, block: bytes) -> str:
        """Keep what came in one frame, and make the answer to it."""
        self.tally.received += 1
        try:
            return self._take(block)
        except Exception as error:  # noqa: BLE001 - one message must not end the listener
            return self._fail(block, error)

    def _take(self, block: bytes) -> str:
        text = block.decode(errors=_OTHER_BYTES)
        try:
            message = hl7.parse(text)
            acknowledged = answer.accepted(message)
        except (hl7.HL7Exception, LookupError, ValueError):
            return self._reject(block, answer.NO_MESSAGE)
        read = read_message(text)
        self.inbox.keep(block, self.inbox.waiting)
        if isinstance(read, Fault):
            self.tally.refused += 1
            return answer.in_error(message, read)
        return acknowledged

    def _reject(self, block: bytes, fault: Fault) -> str:
        """Answer what is no message, and note that it came; it is kept as far as it was read."""
        self.tally.rejected += 1
        try:
            path = self.inbox.keep(block, self.inbox.unreadable) if block else None
            self._note(path, fault.reason)
        except OSError as error:
            self._tell("what is no message", error)
        return answer.rejected(block.decode(errors=_OTHER_BYTES), fault)

    def _note(self, path: Path | None, reason: str) -> None:
        """Note something in the trail of arrivals that no load will."""
        files = (
            [{"name": path.name, "sha256": file_digest(path), "size": path.stat().st_size}]
            if path
            else []
        )
        arrival = Arrival(
            arrived_at=datetime.now(UTC).isoformat(),
            data_source=self.data_source,
            kind="adt",
            received_on=None,
            delivery=path.name if path else "message",
            outcome="refused",
            files=files,
            reasons=[reason],
        )
        append(self.data, arrival)

    def _fail(self, block: bytes, error: Exception) -> str:
        """Answer a message that the program broke on; it is kept, unless the disk refuses it."""
        self.tally.failed += 1
        name = "a message"
        with suppress(OSError):
            name = self.inbox.keep(block, self.inbox.failed).name
        self._tell(name, error)
        return answer.rejected(block.decode(errors=_OTHER_BYTES), answer.BROKEN, "AE")

    def _tell(self, name: str, error: Exception) -> None:
        """Tell of a failure by its kind and place: what an error says may hold a value."""
        if not isinstance(error, OpenVBCError):
            error = OpenVBCError(Problem(name, failure(error)))
        self.told(error)

    async def _load_forever(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.load_waiting)
                pause = _PAUSE
            except Exception as error:  # noqa: BLE001 - the next look may find the disk free again
                self._tell("inbox", error)
                pause = _PAUSE_AFTER_FAILURE
            await asyncio.sleep(pause)

    def load_waiting(self) -> None:
        """Load what waits, as one delivery.

        What fails is tried again in halves; one message that fails alone is kept aside.
        """
        taken = self.inbox.take(self._most)
        if not taken:
            return
        try:
            result = self.load(self.inbox.taken)
        except Exception as error:  # noqa: BLE001 - one message must not end the listener
            self._try_less(taken, error)
            return
        self.inbox.done()
        self.tally.loads += 1
        self._most = min(_MOST, 2 * self._most)
        self.told(result)

    def _try_less(self, taken: Sequence[Path], error: Exception) -> None:
        if len(taken) > 1:
            self._most = (len(taken) + 1) // 2
            self.inbox.give_back()
            return
        self.inbox.put_aside()
        self.tally.failed += 1
        self._tell(taken[0].name, error)
