"""The MLLP listener, over a real socket: every message answered, kept, and loaded soon after."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hl7.mllp import HL7StreamReader, HL7StreamWriter, open_hl7_connection

from load_tables import load_it
from openvbc.errors import InputError, OpenVBCError
from openvbc.sources.adt.listen import Listener
from openvbc.sources.adt.message import read_message
from openvbc.sources.arrivals import arrivals
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
            inbox = listener.inbox
            if serving.done() or not [*inbox.waiting.iterdir(), *inbox.taken.iterdir()]:
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


NO_MESSAGES = [
    b"",
    b"hello",
    b"MSH",
    b"PID|1||A-77",
    b"FHS|^~\\&|EHR\rFTS|0",
    b"\xff\xfe\x00\x01",
    b"MSH|^~\\&|EHR|GENERAL|VBC|ACO|202503010000||ADT^A01|C-17",
]


async def say_bytes(reader: HL7StreamReader, writer: HL7StreamWriter, block: bytes) -> list[str]:
    """Send a frame of bytes; the fields of the answer's MSA, the code and the control id first."""
    writer.writeblock(block)
    await writer.drain()
    return [str(it) for it in (await reader.readmessage()).segment("MSA")]


def test_what_is_no_message_is_rejected_kept_and_noted_and_the_connection_stays_open(
    tmp_path: Path,
) -> None:
    """Seven frames that hold no whole message, and then a stay of four good ones.

    The last of the seven is cut within its header, after the control id: the answer names that.
    """
    loads: list[Any] = []
    listener = Listener(tmp_path, lambda folder: load_it(tmp_path, folder), loads.append)
    answers: list[list[str]] = []

    async def talk(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        answers.extend([await say_bytes(reader, writer, it) for it in NO_MESSAGES])
        assert [await say(reader, writer, it) for it in STAY] == [("AA", "")] * 4

    listen(listener, talk)
    assert [it[1:3] for it in answers] == [["AR", ""]] * 6 + [["AR", "C-17"]]
    assert standing(tmp_path) == [FINISHED]
    assert (listener.tally.received, listener.tally.rejected) == (11, 7)
    kept = sorted(it.read_bytes() for it in listener.inbox.unreadable.iterdir())
    assert kept == sorted(it for it in NO_MESSAGES if it)
    refused = [it for it in arrivals(tmp_path) if it.outcome == "refused"]
    assert [it.reasons for it in refused] == [["is no HL7 v2 message"]] * 7


def test_what_is_no_frame_or_too_long_is_rejected_and_the_next_message_is_heard(
    tmp_path: Path,
) -> None:
    """5 MiB without an end are one message too long, answered once, however often it is cut."""
    listener = Listener(tmp_path, lambda folder: load_it(tmp_path, folder))
    codes: list[str] = []

    async def talk(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        writer.write(b"no start\x1c\r")
        codes.append(str((await reader.readmessage()).segment("MSA")[3]))
        codes.append((await say_bytes(reader, writer, b"MSH|" + b"x" * (5 << 20)))[1])
        codes.append((await say(reader, writer, STAY[0]))[0])

    listen(listener, talk)
    assert codes == ["is no MLLP frame; expected a start block before the message", "AR", "AA"]


def test_a_message_that_the_program_breaks_on_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered AE, told without its values, and loaded by a replay once the program can."""
    told: list[object] = []
    listener = Listener(tmp_path, lambda folder: load_it(tmp_path, folder), told.append)

    def breaks(text: str) -> object:
        if "ADT^A03" in text:
            raise RuntimeError(text)
        return read_message(text)

    monkeypatch.setattr("openvbc.sources.adt.listen.read_message", breaks)

    async def talk(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        codes = [(await say(reader, writer, it))[0] for it in (*STAY, STAY[0])]
        assert codes == ["AA", "AA", "AA", "AE", "AA"]

    listen(listener, talk)
    (error,) = (it for it in told if isinstance(it, OpenVBCError))
    assert "RuntimeError" in str(error)
    assert "DOE" not in str(error)
    assert [it[3] for it in standing(tmp_path)] == ["in progress"]
    assert listener.inbox.replay() == 1
    listener.load_waiting()
    assert standing(tmp_path) == [FINISHED]


def test_a_load_that_breaks_on_one_message_loads_the_others(tmp_path: Path) -> None:
    """Of five messages the third breaks it: 5 fail, 3 fail, 2 load, 3 fail, 2 fail, 1 fails, and 2.

    A failed delivery is halved and tried again; a loaded one doubles what is tried next.
    """
    told: list[object] = []
    tried: list[int] = []

    def load(folder: Path) -> Any:
        texts = [it.read_text() for it in folder.iterdir()]
        tried.append(len(texts))
        if any("|V-BROKEN|" in it for it in texts):
            raise ZeroDivisionError
        return load_it(tmp_path, folder)

    listener = Listener(tmp_path, load, told.append)
    messages = [*STAY[:2], adt("A01", "202503011430", visit="V-BROKEN"), *STAY[2:]]
    assert [listener.take(it.encode()).split("|")[-2] for it in messages]
    for _ in range(20):
        listener.load_waiting()
    assert standing(tmp_path) == [FINISHED]
    assert len(list(listener.inbox.failed.iterdir())) == listener.tally.failed == 1
    assert (tried[:3], sum(isinstance(it, OpenVBCError) for it in told)) == ([5, 3, 2], 1)


def test_a_disk_that_refuses_a_message_is_answered_so_and_the_next_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is acknowledged that is not kept: the sender sends it again."""
    listener = Listener(tmp_path, lambda folder: load_it(tmp_path, folder))
    with monkeypatch.context() as patch:
        patch.setattr(type(listener.inbox), "keep", _full)
        assert "MSA|AE|A01202503011430|" in listener.take(STAY[1].encode())
    assert "MSA|AA|A01202503011430" in listener.take(STAY[1].encode())


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")
