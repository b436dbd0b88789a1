"""Resources one by one: what the fast reader refuses is told apart from what is wrong in it.

A file is NDJSON, or one JSON document: a resource, a Bundle or a list of resources. Each resource
that can be read is written to a clean NDJSON file of its group with the place it had (line of the
file, or entry of the document); each that cannot is set aside with its place and the reason, never
with its content.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from openvbc.errors import InputError, Problem
from openvbc.sources.fhir_columns import Fields, misfits

PLACE: Final = "landing_row"
"""The key under which a clean resource carries its place."""

LONGEST: Final = 16_000_000
"""Bytes of the longest single resource."""

LARGEST_DOCUMENT: Final = 256_000_000
"""Bytes of the largest JSON document; larger deliveries come as NDJSON."""

_WHOLE: Final = "one whole resource in JSON on each line"
_MOST_DIGITS: Final = 30


@dataclass(frozen=True)
class Unread:
    """A resource that cannot be read: its place, why, and what was expected."""

    row_number: int
    reason: str
    expected: str


@dataclass
class Clean:
    """What came of a file: the clean resources, a file for each group, the others with reasons."""

    folder: Path
    paths: dict[str, Path] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)


Group = Callable[[str], tuple[str, Fields]]
"""The group that resources of a type belong to, a name of our own, and its declared fields."""


def clean(path: Path, name: str, folder: Path, group: Group) -> Clean:
    """Read a file resource by resource. Raises InputError where it is no JSON at all."""
    found = Clean(folder)
    with ExitStack() as files:
        out = _Out(files, found, group)
        for place, text, resource in _resources(path, name, found):
            out.write(place, text, resource)
    return found


def _resources(path: Path, name: str, found: Clean) -> Iterator[tuple[int, str | None, Any]]:
    """Place, the text where it is a line of its own, and the resource."""
    if _first_is_resource(path) or path.stat().st_size > LARGEST_DOCUMENT:
        yield from _lines(path, found)
        return
    try:
        document = _parsed(path.read_bytes())
    except ValueError as error:
        if _some_line_is_resource(path):
            yield from _lines(path, found)
            return
        what = "found JSON that is not whole, expected a resource, a Bundle or NDJSON; "
        raise InputError(Problem(f"{name}:1", what + "deliver it again whole")) from error
    for place, resource in enumerate(_unfolded(document), start=1):
        yield place, None, resource


def _lines(path: Path, found: Clean) -> Iterator[tuple[int, str | None, Any]]:
    for place, line in _numbered_lines(path):
        if not line.strip():
            continue
        if len(line) > LONGEST:
            found.unread.append(Unread(place, "longer than 16 MB", "a shorter resource"))
            continue
        try:
            resource = _parsed(line)
        except UnicodeDecodeError:
            found.unread.append(Unread(place, "found bytes that are not UTF-8", "UTF-8 text"))
            continue
        except ValueError:
            found.unread.append(Unread(place, "found JSON that is not whole", _WHOLE))
            continue
        if _is_bundle(resource):
            yield from ((place, None, inner) for inner in _unfolded(resource))
        else:
            yield place, line.decode("utf-8-sig").strip(), resource


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Every line; of one that is too long only so much that it shows."""
    with path.open("rb") as file:
        place = 0
        while line := file.readline(LONGEST + 1):
            place += 1
            _skip_rest(file, line)
            yield place, line


def _skip_rest(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LONGEST)


def _first_is_resource(path: Path) -> bool:
    """Is the first line a resource by itself, so that the file is NDJSON."""
    for _, line in _numbered_lines(path):
        if line.strip():
            return _is_resource(line)
    return False


def _some_line_is_resource(path: Path) -> bool:
    return any(_is_resource(line) for _, line in _numbered_lines(path))


def _is_resource(line: bytes) -> bool:
    try:
        return len(line) <= LONGEST and isinstance(_parsed(line), dict)
    except ValueError:
        return False


def _parsed(content: bytes) -> Any:
    """The JSON value. Raises ValueError for what the fast reader would not read either."""
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_decimal,
        )
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        message = "a number with too many digits"
        raise ValueError(message)
    return int(text)


def _decimal(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        message = "a number that is too large"
        raise ValueError(message)
    return number


def _is_bundle(resource: Any) -> bool:
    return isinstance(resource, dict) and resource.get("resourceType") == "Bundle"


def _unfolded(document: Any) -> Iterator[Any]:
    """The resources of a document; what is in a Bundle's place for one, even where it is none."""
    if _is_bundle(document):
        entries = document.get("entry") or []
        for entry in entries if isinstance(entries, list) else [entries]:
            yield _entered(entry) if isinstance(entry, dict) else entry
    elif isinstance(document, list):
        for inner in document:
            yield from _unfolded(inner)
    else:
        yield document


DELETED: Final = "deleted"
"""The type that stands for an entry that says no more than that a resource was deleted."""


def _entered(entry: dict[str, Any]) -> Any:
    """The resource of a Bundle's entry; one without an id is known by the entry's address."""
    resource = entry.get("resource")
    request = entry.get("request")
    if resource is None and isinstance(request, dict) and request.get("method") == "DELETE":
        return {"resourceType": DELETED}
    address = entry.get("fullUrl")
    if isinstance(resource, dict) and "id" not in resource and isinstance(address, str):
        return {**resource, "id": re.split("[/:]", address)[-1]}
    return resource


@dataclass
class _Out:
    """The files of the groups, opened as they are needed."""

    files: ExitStack
    found: Clean
    group: Group
    open: dict[str, TextIO] = field(default_factory=dict)

    def write(self, place: int, text: str | None, resource: Any) -> None:
        """Write a resource to its group's file, or set it aside."""
        unread = _untyped(place, resource)
        if unread is None:
            group, fields = self.group(resource["resourceType"])
            unread = _misfit(place, resource, fields) or self._written(group, place, text, resource)
        if unread is not None:
            self.found.unread.append(unread)

    def _written(
        self, group: str, place: int, text: str | None, resource: dict[str, Any]
    ) -> Unread | None:
        try:
            line = _placed(place, text, resource)
        except UnicodeEncodeError:
            return Unread(place, "found half of a surrogate pair", "UTF-8 text")
        self._file(group).write(line + "\n")
        return None

    def _file(self, group: str) -> TextIO:
        if group not in self.open:
            path = self.found.folder / f"{group}.ndjson"
            self.found.paths[group] = path
            self.open[group] = self.files.enter_context(path.open("w", encoding="utf-8"))
        return self.open[group]


def _untyped(place: int, resource: Any) -> Unread | None:
    if not isinstance(resource, dict):
        return Unread(place, "found no resource", "a resource: a JSON object")
    if not isinstance(resource.get("resourceType"), str):
        return Unread(place, "resourceType is missing", "the name of the resource's type")
    return None


def _misfit(place: int, resource: dict[str, Any], fields: Fields) -> Unread | None:
    wrong = next(misfits(resource, fields), None)
    if wrong is None:
        return None
    reason, _, expected = wrong.partition(", expected ")
    return Unread(place, reason, expected)


def _placed(place: int, text: str | None, resource: dict[str, Any]) -> str:
    """The resource as one line with its place; a line of the file stays as it was written."""
    start = f'{{"{PLACE}":{place},'
    whole = json.dumps(resource, ensure_ascii=False)
    whole.encode()
    if text is None or PLACE in resource or not text.startswith("{"):
        return start + json.dumps({k: v for k, v in resource.items() if k != PLACE})[1:]
    return start + text[1:]
