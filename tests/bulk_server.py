"""A FHIR bulk data server on this machine, with real sockets and the faults that real ones have."""

import hashlib
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

NDJSON = "application/fhir+ndjson"
KICK_OFF = "/fhir/Patient/$export"


@dataclass
class Server:
    """What the server holds and how it misbehaves; asked counts its requests by path."""

    key: RSAKey | ECKey
    files: dict[str, bytes]
    """Name of a file such as output/Patient/0 → its content."""

    token_lasts: int = 300
    tokens_until: dict[str, float] = field(default_factory=dict)
    assertions: set[str] = field(default_factory=set)
    busy: Counter[str] = field(default_factory=Counter)
    """Path → how many more times it answers 503."""

    polls: int = 2
    cut: dict[str, int] = field(default_factory=dict)
    """File → after how many bytes the connection is cut, once."""

    refused: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    """File → the address that it is redirected to."""

    authorized: list[bool] = field(default_factory=list)
    """Of every request for a file: did a token come with it."""

    clock: Callable[[], float] = time.time
    changes: bool = False
    """Does a file change between two requests."""

    counts: dict[str, int] = field(default_factory=dict)
    needs_token: bool = True
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def forget_tokens(self) -> None:
        self.tokens_until.clear()

    def token(self, form: dict[str, list[str]]) -> dict[str, Any] | None:
        """A token for an assertion that is signed, fresh, for us and not used before."""
        try:
            found = jwt.decode(form["client_assertion"][0], self.key, algorithms=["RS384", "ES384"])
        except (JoseError, KeyError, ValueError):
            return None
        claims = found.claims
        fits = (
            claims["iss"] == claims["sub"] == "client-1"
            and claims["aud"] == f"http://127.0.0.1:{self.port}/token"
            and self.clock() < claims["exp"] <= self.clock() + 300
            and claims["jti"] not in self.assertions
            and found.header["kid"] == "key-1"
            and form["grant_type"] == ["client_credentials"]
            and form["scope"] == ["system/*.rs"]
        )
        if not fits:
            return None
        self.assertions.add(claims["jti"])
        token = uuid.uuid4().hex
        self.tokens_until[token] = self.clock() + self.token_lasts
        return {"access_token": token, "token_type": "bearer", "expires_in": self.token_lasts}

    def manifest(self) -> dict[str, Any]:
        listed: dict[str, list[dict[str, Any]]] = {"output": [], "deleted": [], "error": []}
        for name in self.files:
            section, kind, _ = name.split("/")
            url = f"http://127.0.0.1:{self.port}/files/{name}?signature=secret"
            count = {"count": self.counts[name]} if name in self.counts else {}
            listed[section].append({"type": kind, "url": url, **count})
        return {
            "transactionTime": "2026-04-01T00:00:00Z",
            "request": f"{self.base}/Patient/$export",
            "requiresAccessToken": self.needs_token,
            **listed,
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        given = self.state.token(form)
        self._json(200 if given else 400, given or {"error": "invalid_client"})

    def do_DELETE(self) -> None:
        self.state.asked["DELETE"] += 1
        self._json(202, {})

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.state.asked[path] += 1
        if self.state.busy[path] > 0:
            self.state.busy[path] -= 1
            self._json(503, {}, {"Retry-After": "7"})
        elif path == "/fhir/.well-known/smart-configuration":
            self._json(200, {"token_endpoint": f"http://127.0.0.1:{self.state.port}/token"})
        elif self.state.needs_token and not self._is_let_in():
            self._json(401, {})
        elif path == KICK_OFF:
            self.state.queries.append(query)
            self._json(202, {}, {"Content-Location": f"http://127.0.0.1:{self.state.port}/jobs/1"})
        elif path == "/jobs/1":
            self._job()
        else:
            self._file(path.removeprefix("/files/"))

    def _is_let_in(self) -> bool:
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        return self.state.tokens_until.get(token, 0) > self.state.clock()

    def _job(self) -> None:
        if "jobs" in self.state.refused:
            self._json(404, {"resourceType": "OperationOutcome", "issue": [{"code": "not-found"}]})
        elif self.state.polls > 0:
            self.state.polls -= 1
            self._json(202, {}, {"X-Progress": "half", "Retry-After": "3"})
        else:
            self._json(200, self.state.manifest())

    def _file(self, name: str) -> None:
        self.state.authorized.append(self.headers["Authorization"] is not None)
        if name in self.state.moved:
            self._json(302, {}, {"Location": self.state.moved[name]})
            return
        if name in self.state.refused:
            issue = {"code": "forbidden", "diagnostics": "Mrs. Ada Lovelace"}
            self._json(403, {"resourceType": "OperationOutcome", "issue": [issue]})
            return
        content = self.state.files[name]
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        start = 0
        if self.headers["Range"]:
            self.state.ranges.append(self.headers["Range"])
            if self.headers["If-Range"] == tag:
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", NDJSON)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self._send(name, content[start:])

    def _send(self, name: str, content: bytes) -> None:
        at = self.state.cut.pop(name, None)
        if at is None:
            self.wfile.write(content)
            return
        self.wfile.write(content[:at])
        self.wfile.flush()
        self.close_connection = True
        if self.state.changes:
            self.state.files[name] = self.state.files[name].upper()

    def _json(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """The server, answering on a free port until the end of the block."""
    handler = type("Handler", (_Handler,), {"state": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        server.port = listening.server_address[1]
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
