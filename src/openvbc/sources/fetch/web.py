"""HTTP with patience: what is busy is asked again, tokens go to one host only, errors are told."""

import email.utils
import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from openvbc.errors import InputError, Problem

_BUSY: Final = (429, 502, 503, 504)
"""Answers that say to come again."""

_TIMES: Final = 8
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 300.0
_TIMEOUT: Final = 120.0
_UNAUTHORISED: Final = 401

BROKEN: Final = (OSError, http.client.HTTPException)
"""What a connection raises that was refused, cut or timed out."""

Sleep = Callable[[float], object]


@dataclass(frozen=True)
class Answer:
    """A whole answer: its status, its headers and its bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self, where: str) -> dict[str, Any]:
        """The JSON object that it holds. Raises InputError where it holds none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InputError(Problem(where, "answered with something that is no JSON object"))
        return found


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect; a token goes along only to the host that it was meant for."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        check_address(newurl)
        again = super().redirect_request(req, fp, code, msg, headers, newurl)
        if again is not None and _host(newurl) != _host(req.full_url):
            again.remove_header("Authorization")
        return again


def _host(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc


def check_address(url: str) -> str:
    """The address. Raises InputError where it is not https, or http on this machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
    ):
        return url
    raise InputError(Problem(shown(url), "expected an address that starts with https://"))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """An address without its query, which may be signed."""
    return url.partition("?")[0]


@dataclass
class Http:
    """Asks servers. sleep waits some seconds; told is called before a wait with the reason."""

    sleep: Sleep = time.sleep
    told: Callable[[str], object] = lambda _: None
    _opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(_Redirects)
    )

    def open(
        self, url: str, headers: Mapping[str, str], body: bytes | None = None, method: str = "GET"
    ) -> Any:
        """Open an address once; the answer, of whatever status, to be read and closed."""
        request = urllib.request.Request(  # noqa: S310 (checked here)
            check_address(url), body, dict(headers), method=method
        )
        try:
            return self._opener.open(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as answer:
            return answer

    def ask(
        self, url: str, headers: Mapping[str, str], body: bytes | None = None, method: str = "GET"
    ) -> Answer:
        """Ask until there is an answer that is not "busy".

        Raises InputError where the server stays busy or cannot be reached.
        """
        why = ""
        for attempt in range(_TIMES):
            try:
                with self.open(url, headers, body, method) as it:
                    answer = Answer(it.status, it.headers, it.read())
            except BROKEN as error:
                why = type(error).__name__
                pause = paused(attempt, None)
            else:
                if answer.status not in _BUSY:
                    return answer
                why = f"answered {answer.status}"
                pause = paused(attempt, answer.headers.get("Retry-After"))
            self.wait(pause, f"{shown(url)}: {why}")
        raise InputError(Problem(shown(url), f"{why} {_TIMES} times; try again later"))

    def wait(self, seconds: float, why: str) -> None:
        """Wait and say why."""
        self.told(f"{why}; waiting {seconds:.0f} s")
        self.sleep(seconds)


def paused(attempt: int, retry_after: str | None) -> float:
    """Seconds until the next attempt: what the server asks for, else twice the last time."""
    asked = _asked(retry_after)
    return min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE) if asked is None else asked


def _asked(retry_after: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or a date."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        then = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def refused(where: str, answer: Answer) -> InputError:
    """What a server's refusal says: its status, and the codes of its OperationOutcome.

    Its free text may name people and is left out.
    """
    try:
        issues = json.loads(answer.body).get("issue", [])
        codes = sorted({str(it.get("code")) for it in issues})
    except (ValueError, AttributeError):
        codes = []
    said = f" ({', '.join(codes)})" if codes else ""
    hint = "; check client, key and scope" if answer.status == _UNAUTHORISED else ""
    return InputError(Problem(where, f"answered {answer.status}{said}{hint}"))
