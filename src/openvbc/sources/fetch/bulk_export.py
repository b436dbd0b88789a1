"""FHIR Bulk Data `$export`: kick off, wait, download what the manifest lists, and keep its hashes.

HL7, FHIR Bulk Data Access (Flat FHIR). The folder that comes of it is what `vbc load` reads: a file
`<Type>.NNN.ndjson` for each of the manifest's, those about deletions and errors in folders of
their own. `export.json` remembers where the export stands, so that a fetch that was stopped goes
on: it does not kick off again, whole files stay, and a file cut in the middle is asked for from
there. Neither tokens nor signed addresses are written.
"""

import contextlib
import hashlib
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from openvbc.engine.store import publish_text, sync
from openvbc.errors import InputError, Problem
from openvbc.sources.fetch.backend import Backend
from openvbc.sources.fetch.download import Download
from openvbc.sources.fetch.web import Answer, Http, paused, refused, shown

STATE: Final = "export.json"
"""Where the export stands; not there once it is whole."""

MANIFEST: Final = "manifest.json"
SCHEMA: Final = "openvbc.bulk_export/1"

_FHIR: Final = "application/fhir+json"
_ACCEPTED: Final = 202
_OK: Final = 200
_UNAUTHORISED: Final = 401
_GONE: Final = (404, 410)
_SECTIONS: Final = {"output": "", "deleted": "deleted/", "error": "error/"}
"""Part of a manifest → the folder of its files."""

_TYPE: Final = re.compile(r"[A-Za-z]{1,64}")


@dataclass(frozen=True)
class Request:
    """What is asked for.

    base is the FHIR server; level is "", "Patient" or "Group/<id>"; types are names of resources;
    since is an instant (RFC 3339): only what changed after it.
    """

    base: str
    level: str = "Patient"
    types: tuple[str, ...] = ()
    since: str | None = None

    @property
    def url(self) -> str:
        """The address of the kick-off."""
        parameters = {"_outputFormat": "application/fhir+ndjson"}
        if self.types:
            parameters["_type"] = ",".join(self.types)
        if self.since:
            parameters["_since"] = self.since
        path = "/".join(it for it in (self.base.rstrip("/"), self.level, "$export") if it)
        return f"{path}?{urllib.parse.urlencode(parameters)}"


@dataclass(frozen=True)
class Fetched:
    """One file of an export: its name below the folder, its size and hash, its resources."""

    name: str
    section: str
    type: str
    size: int
    sha256: str
    resources: int


@dataclass(frozen=True)
class Export:
    """A whole export. transaction_time is what the next one takes as since."""

    folder: Path
    transaction_time: str
    files: tuple[Fetched, ...]


@dataclass
class BulkExport:
    """An export into one folder. access is None where the server is open to all."""

    http: Http
    request: Request
    folder: Path
    access: Backend | None = None
    _state: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Export:
        """Fetch what is not there yet; the same again fetches nothing.

        Raises InputError where the server refuses or the folder holds another export.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        done = self._read(MANIFEST)
        if done is not None:
            return _export(self.folder, self._same(done))
        self._state = self._same(self._read(STATE) or {"request": self.request.url})
        status_url = self._state.get("status_url") or self._kick_off()
        manifest = self._wait(status_url)
        files = [self._fetch(it) for it in self._settled(list(_listed(manifest)))]
        self._publish(manifest, files)
        self._release(status_url)
        return _export(self.folder, self._read(MANIFEST) or {})

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / name
        if not path.exists():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(Problem(str(path), "is broken; fetch into another folder")) from error
        return found if isinstance(found, dict) else {}

    def _same(self, found: dict[str, Any]) -> dict[str, Any]:
        """What is remembered. Raises InputError where it is of another request."""
        if found.get("request") != self.request.url:
            what = "holds another export; fetch into another folder"
            raise InputError(Problem(str(self.folder), what))
        return found

    def _headers(self, **more: str) -> dict[str, str]:
        return {**more, **(self.access.headers() if self.access else {})}

    def _ask(self, url: str, method: str = "GET", **more: str) -> Answer:
        """Ask with a token, with a new one where the old was refused."""
        answer = self.http.ask(url, self._headers(**more), method=method)
        if answer.status == _UNAUTHORISED and self.access:
            self.access.renew()
            answer = self.http.ask(url, self._headers(**more), method=method)
        return answer

    def _kick_off(self) -> str:
        answer = self._ask(self.request.url, Accept=_FHIR, Prefer="respond-async")
        where = answer.headers.get("Content-Location")
        if answer.status != _ACCEPTED or not where:
            raise refused(shown(self.request.url), answer)
        status_url = urllib.parse.urljoin(self.request.url, where)
        self._remember(status_url=status_url)
        return status_url

    def _remember(self, **more: Any) -> None:
        self._state.update(more)
        publish_text(self.folder / STATE, json.dumps(self._state, indent=1) + "\n")

    def _wait(self, status_url: str) -> Mapping[str, Any]:
        """Ask how far the export is until it is done; its manifest."""
        attempt = 0
        while True:
            answer = self._ask(status_url, Accept="application/json")
            if answer.status != _ACCEPTED:
                break
            pause = paused(attempt, answer.headers.get("Retry-After"))
            self.http.wait(pause, f"export is {answer.headers.get('X-Progress') or 'under way'}")
            attempt += 1
        if answer.status in _GONE:
            (self.folder / STATE).unlink(missing_ok=True)
            what = "the server no longer has this export; fetch again to start anew"
            raise InputError(Problem(shown(status_url), what))
        if answer.status != _OK:
            raise refused(shown(status_url), answer)
        return answer.json(shown(status_url))

    def _settled(self, listed: list["_Listed"]) -> list["_Listed"]:
        """The files to fetch; where the server lists others than before, none stays."""
        named = {it.name: shown(it.url) for it in listed}
        if self._state.get("files", named) != named:
            for it in listed:
                for suffix in ("", ".part", ".tag"):
                    (self.folder / f"{it.name}{suffix}").unlink(missing_ok=True)
        self._remember(files=named)
        return listed

    def _fetch(self, it: "_Listed") -> Fetched:
        path = self.folder / it.name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            access = self.access if it.needs_token else None
            Download(self.http, it.url, path, access).run()
        resources = _resources(path)
        if it.count is not None and it.count != resources:
            path.unlink()
            what = f"found {resources:,} resources, expected {it.count:,}; fetch again"
            raise InputError(Problem(it.name, what))
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Fetched(it.name, it.section, it.type, path.stat().st_size, sha256, resources)

    def _publish(self, manifest: Mapping[str, Any], files: list[Fetched]) -> None:
        made = {
            "schema": SCHEMA,
            "request": self.request.url,
            "transaction_time": str(manifest.get("transactionTime", "")),
            "files": [asdict(it) for it in files],
        }
        publish_text(self.folder / MANIFEST, json.dumps(made, indent=1) + "\n")
        (self.folder / STATE).unlink(missing_ok=True)
        sync(self.folder)

    def _release(self, status_url: str) -> None:
        """Tell the server that it may forget the export; it need not listen."""
        with contextlib.suppress(InputError):
            self._ask(status_url, "DELETE")


@dataclass(frozen=True)
class _Listed:
    """A file that the server's manifest lists."""

    name: str
    section: str
    type: str
    url: str
    count: int | None
    needs_token: bool


def _listed(manifest: Mapping[str, Any]) -> Iterator[_Listed]:
    """The files of a manifest, those of a type numbered in its order."""
    needs_token = manifest.get("requiresAccessToken") is not False
    seen: dict[str, int] = {}
    for section, folder in _SECTIONS.items():
        for it in manifest.get(section) or ():
            kind = it.get("type") if isinstance(it, dict) else None
            if not isinstance(kind, str) or not _TYPE.fullmatch(kind) or "url" not in it:
                raise InputError(Problem("manifest", f"{section}: a file has no type or no url"))
            stem = f"{folder}{kind}"
            count = it.get("count")
            yield _Listed(
                name=f"{stem}.{seen.get(stem, 0):03}.ndjson",
                section=section,
                type=kind,
                url=str(it["url"]),
                count=count if isinstance(count, int) else None,
                needs_token=needs_token,
            )
            seen[stem] = seen.get(stem, 0) + 1


def _resources(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _export(folder: Path, made: Mapping[str, Any]) -> Export:
    files = tuple(Fetched(**it) for it in made["files"])
    return Export(folder, made["transaction_time"], files)
