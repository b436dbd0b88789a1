"""One file from a server, whole or not at all: a download that was cut goes on where it stopped."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from openvbc.engine.store import sync
from openvbc.errors import InputError, Problem
from openvbc.sources.fetch.backend import Backend
from openvbc.sources.fetch.web import BROKEN, Answer, Http, paused, refused, shown

_CHUNK: Final = 1 << 20
_TIMES: Final = 8
_OK: Final = 200
_PARTIAL: Final = 206
_UNAUTHORISED: Final = 401
_NO_SUCH_RANGE: Final = 416
_BUSY: Final = (429, 502, 503, 504)


@dataclass
class Download:
    """A download to path, by way of `<path>.part`, which another run goes on with.

    What is there of a part belongs to the content that `<path>.tag` names; without a tag, or where
    the server's content has changed, it starts from the beginning.
    """

    http: Http
    url: str
    path: Path
    access: Backend | None

    def run(self) -> None:
        """Download, and go on as often as it is cut. Raises InputError where that does not help."""
        why, attempt = "", 0
        while attempt < _TIMES:
            before = self._size()
            try:
                answer = self._try()
                if answer is not None and answer.status == _UNAUTHORISED and self.access:
                    self.access.renew()
                    answer = self._try()
            except BROKEN as error:
                why, asked = f"was cut ({type(error).__name__})", None
            else:
                if answer is None:
                    return
                why, asked = self._judged(answer), answer.headers.get("Retry-After")
            # as long as it gets on there is no reason to give up
            attempt = 0 if self._size() > before else attempt + 1
            self.http.wait(paused(attempt, asked), f"{self.path.name}: {why}")
        raise InputError(Problem(self.path.name, f"{why} {_TIMES} times; fetch again to go on"))

    @property
    def _part(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def _tag(self) -> Path:
        return self.path.with_name(f"{self.path.name}.tag")

    def _size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _try(self) -> Answer | None:
        """One attempt: None where the file is whole, else the answer that is no file."""
        with self.http.open(self.url, self._headers()) as it:
            if it.status not in (_OK, _PARTIAL):
                return Answer(it.status, it.headers, it.read())
            going_on = it.status == _PARTIAL and _starts_at(it.headers) == self._size()
            if it.status == _PARTIAL and not going_on:
                self._forget()
                return Answer(_NO_SUCH_RANGE, it.headers, b"")
            if not going_on:
                self._forget()
                self._tag.write_text(it.headers.get("ETag") or "", encoding="utf-8")
            self._save(it)
        self._keep()
        return None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/fhir+ndjson"}
        tag = self._tag.read_text(encoding="utf-8") if self._tag.exists() else ""
        if self._size() and tag and not tag.startswith("W/"):
            headers |= {"Range": f"bytes={self._size()}-", "If-Range": tag}
        return headers | (self.access.headers() if self.access else {})

    def _save(self, answer: Any) -> None:
        expected = answer.headers.get("Content-Length")
        with self._part.open("ab") as file:
            got = _copy(answer, file)
        if expected is not None and got < int(expected):
            raise ConnectionError

    def _keep(self) -> None:
        sync(self._part)
        self._part.rename(self.path)
        self._tag.unlink(missing_ok=True)
        sync(self.path.parent)

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def _judged(self, answer: Answer) -> str:
        """Why to try again. Raises InputError where that makes no sense."""
        if answer.status == _NO_SUCH_RANGE:
            self._forget()
        elif answer.status not in _BUSY:
            raise refused(shown(self.url), answer)
        return f"answered {answer.status}"


def _starts_at(headers: Any) -> int | None:
    """Where a part of a file starts, by its Content-Range."""
    first = (headers.get("Content-Range") or "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else None


def _copy(answer: Any, file: BinaryIO) -> int:
    """Copy what comes, each piece safe before the next is read; how much it was."""
    got = 0
    while chunk := answer.read1(_CHUNK):
        file.write(chunk)
        got += len(chunk)
    file.flush()
    os.fsync(file.fileno())
    return got
