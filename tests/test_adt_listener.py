"""The MLLP listener, over a real socket: every message answered, kept, and loaded soon after."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hl7.mllp import HL7StreamReader, HL7StreamWriter, open_hl7_connection

from load_tables import load_it
from openvbc.errors import InputError
from openvbc.sources.adt.listen import Listener
from test_adt import FINISHED, STAY, adt, standing

Talk = Callable[[HL7StreamReader, HL7StreamWriter], Awaitable[None]]


def listen(listener: Listener, talk: Talk) -> None:
    """Run a listener and a conversation with it; then wait until the inbox is loaded."""

    async def both() -> None:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(listener.serve("127.0.0.1", 0, listening=port.set_result))
        reader, writer = await open_hl7_connection("127.0.0.1", await port, encoding="utf-8")
        await talk(reader, writer)
        writer.close()
        for _ in range(2000):
            if serving.done() or not any(listener.inbox.rglob("*.hl7")):
                break
            await asyncio.sleep(0.02)
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

    asyncio.run(asyncio.wait_for(both(), timeout=60))


async def say(reader: HL7StreamReader, writer: HL7StreamWriter, message: str) -> tuple[str, str]:
    """Send a message; the code and the text of the answer."""
    writer.writeblock(message.encode())
    await writer.drain()
    answer = (await reader.readmessage()).segment("MSA")
    return str(answer[1]), str(answer[3]) if len(answer) > 3 else ""


def test_messages_are_answered_and_are_encounters_soon_after(tmp_path: Path) -> None:
    loads: list[Any] = []
    listener = Listener(tmp_path, lambda folder: load_it(tmp_path, folder), loads.append)

    async def talk(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        assert [await say(reader, writer, it) for it in STAY] == [("AA", "")] * 4

    listen(listener, talk)
    assert standing(tmp_path) == [FINISHED]
    assert (listener.tally.received, listener.tally.refused) == (4, 0)
    assert len(loads) == listener.tally.loads >= 1


def test_a_message_that_cannot_be_read_is_answered_with_the_reason_and_kept(
    tmp_path: Path,
) -> None:
    loads: list[Any] = []
    listener = Listener(tmp_path, lambda folder: load_it(tmp_path, folder), loads.append)

    async def talk(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        assert await say(reader, writer, STAY[0]) == ("AA", "")
        code, reason = await say(reader, writer, adt("A60", "202503010000"))
        assert (code, reason.split(";")[0]) == ("AE", "has an event that is not read")

    listen(listener, talk)
    aside = sum(it.tables["event"].set_aside for it in loads if "event" in it.tables)
    assert (aside, listener.tally.refused) == (1, 1)


def test_messages_left_by_a_listener_that_was_killed_are_loaded(tmp_path: Path) -> None:
    taken = tmp_path / "inbox" / "adt" / "taken"
    taken.mkdir(parents=True)
    (taken / "1.hl7").write_text("\r".join(STAY), newline="")
    Listener(tmp_path, lambda folder: load_it(tmp_path, folder)).load_waiting()
    assert standing(tmp_path) == [FINISHED]
    assert not list(taken.iterdir())


def test_a_delivery_that_is_refused_is_put_aside_and_told(tmp_path: Path) -> None:
    told: list[object] = []
    taken = tmp_path / "inbox" / "adt" / "taken"
    taken.mkdir(parents=True)
    (taken / "1.hl7").write_text("FHS|^~\\&|EHR\r", newline="")
    Listener(tmp_path, lambda folder: load_it(tmp_path, folder), told.append).load_waiting()
    assert [type(it) for it in told] == [InputError]
    assert [it.name for it in (tmp_path / "inbox" / "adt" / "failed").iterdir()] == ["1.hl7"]


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    async def twice() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            await Listener(tmp_path, lambda _: None).serve("127.0.0.1", port)  # type: ignore[arg-type, return-value]

    with pytest.raises(InputError, match="cannot be listened on"):
        asyncio.run(twice())


def test_a_name_in_other_bytes_than_utf_8_is_answered_and_kept_as_it_came(tmp_path: Path) -> None:
    """A sender that gets no answer sends the same message again, and nothing behind it."""
    kept: list[bytes] = []

    def load(folder: Path) -> Any:
        kept.extend(it.read_bytes() for it in folder.iterdir())
        return load_it(tmp_path, folder)

    async def talk(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        for message in STAY:
            writer.writeblock(message.replace("DOE^ANN", "D\xd6E^ANN").encode("latin-1"))
            await writer.drain()
            assert str((await reader.readmessage()).segment("MSA")[1]) == "AA"

    listen(Listener(tmp_path, load), talk)
    assert standing(tmp_path) == [FINISHED]
    assert all(b"D\xd6E^ANN" in it for it in kept)
