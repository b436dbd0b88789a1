"""The files of a delivery, archives opened: each with its name, its hash and its first bytes."""

import errno
import gzip
import hashlib
import lzma
import shutil
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Final

from openvbc.errors import InputError, Problem

_CHUNK: Final = 1 << 20
_HEAD: Final = 4096
_MOST_BYTES: Final = 1 << 38
"""An archive that says it holds more than 256 GiB is refused: it is broken or hostile."""

_MOST_TIMES: Final = 1000
"""Text compresses some ten times; an archive that grows more than this is hostile."""

_LAST_MARK: Final = b"PK\x05\x06"
_LAST_RECORD: Final = 22 + 0xFFFF
"""Bytes of a .zip's last record with the longest comment."""

_MOST_MEMBERS: Final = 0xFFFF
"""What stands for this many members and more, of which another record has the number."""


@dataclass(frozen=True)
class Delivered:
    """One file as it was delivered.

    name is its path below the source, a member of an archive as `archive.zip/member`; where says
    the same from where the program runs; path is where it can be read; head its first 4 KiB.
    """

    name: str
    where: str
    path: Path
    size: int
    head: bytes

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of its bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def delivered(source: Path, opened: Path) -> list[Delivered]:
    """Every file of a source (one file or a folder), in order of name.

    Members of .zip and .gz files are written below opened, which must not exist yet or be empty.
    What a desktop adds to folders and archives (.DS_Store, __MACOSX) is no file of the delivery.
    Raises InputError where the source does not exist, or with every archive that cannot be opened
    and every link that does not lead to a file.
    """
    if not source.exists():
        raise InputError(Problem(str(source), "no such file or folder"))
    root = source.parent if source.is_file() else source
    found = [source] if source.is_file() else sorted(source.rglob("*"))
    paths = [it for it in found if it.is_file() and not _is_desktop(it.relative_to(root))]
    files: list[Delivered] = []
    problems = [
        Problem(str(it), "is a link that leads to no file; deliver what it stands for")
        for it in found
        if it.is_symlink() and not it.is_file()
    ]
    for at, path in enumerate(paths):
        try:
            for member, place in _open(path, opened / str(at)):
                name = f"{path.relative_to(root).as_posix()}{member}"
                files.append(_read(name, f"{path}{member}", place))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return sorted(files, key=lambda it: it.name)


_DESKTOP: Final = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def _is_desktop(path: PurePath) -> bool:
    """Is it something that a desktop keeps beside the files."""
    return any(it in _DESKTOP for it in path.parts)


def _read(name: str, where: str, path: Path) -> Delivered:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return Delivered(name, where, path, path.stat().st_size, head)


def _open(path: Path, out: Path) -> Iterator[tuple[str, Path]]:
    """What each member's name adds to the archive's, and its path; a plain file is its own."""
    try:
        if zipfile.is_zipfile(path) and path.suffix.lower() not in _ALSO_ZIP:
            yield from _zip(path, out)
        elif path.suffix.lower() == ".gz":
            yield f"/{path.name.removesuffix(path.suffix)}", _gzip(path, out)
        elif path.suffix.lower() == ".zip":
            raise InputError(Problem(str(path), _BROKEN))
        else:
            yield "", path
    except OSError as error:
        what = _FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else _BROKEN
        raise InputError(Problem(str(path), what)) from error
    except _UNREADABLE as error:
        raise InputError(Problem(str(path), _BROKEN)) from error
    except RuntimeError as error:
        what = "is locked with a password; open it and deliver the files"
        raise InputError(Problem(str(path), what)) from error


_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
)
_FULL: Final = "there is no room on the disk to open it; make room and load it again"
_BROKEN: Final = (
    "found an archive that is cut off or broken, expected a whole one; deliver it again"
)


_ALSO_ZIP: Final = (".xlsx", ".xlsm", ".docx", ".ods")
"""Documents that are zip archives inside."""


def _zip(path: Path, out: Path) -> Iterator[tuple[str, Path]]:
    with zipfile.ZipFile(path) as archive:
        if len(archive.infolist()) not in _told(path):
            raise InputError(Problem(str(path), _BROKEN))
        members = [
            it
            for it in archive.infolist()
            if not it.is_dir() and not _is_desktop(PurePosixPath(it.filename))
        ]
        names = [str(PurePosixPath(it.filename)) for it in members]
        doubled = sorted(it for it, times in Counter(names).items() if times > 1)
        if doubled:
            what = f"holds {doubled[0]} more than once; deliver each file once"
            raise InputError(Problem(str(path), what))
        size = sum(it.file_size for it in members)
        if size > min(_MOST_BYTES, _MOST_TIMES * max(path.stat().st_size, _HEAD)):
            what = f"says it holds {size:,} bytes, far more than text compresses; not opened"
            raise InputError(Problem(str(path), what))
        for at, it in enumerate(members):
            # members are written under a number, so that no name of theirs is a path of ours
            place = out / str(at)
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(it) as member, place.open("wb") as file:
                shutil.copyfileobj(member, file, _CHUNK)
            yield f"/{PurePosixPath(it.filename)}", place


def _told(path: Path) -> Container[int]:
    """How many members the last record of a .zip says it has; any number where it has no room.

    A member whose entry is lost would be missed by nobody else (APPNOTE.TXT 4.3.16, 4.4.22).
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LAST_RECORD))
        told = file.read().rpartition(_LAST_MARK)[2][6:8]
    number = int.from_bytes(told, "little")
    return range(_MOST_MEMBERS, sys.maxsize) if number == _MOST_MEMBERS else (number,)


def _gzip(path: Path, out: Path) -> Path:
    if not path.stat().st_size:
        raise EOFError  # which the standard library reads as an archive of nothing
    out.mkdir(parents=True, exist_ok=True)
    place = out / "0"
    with gzip.open(path) as packed, place.open("wb") as file:
        _copy(packed, file, path)
    return place


def _copy(packed: BinaryIO | gzip.GzipFile, file: BinaryIO, path: Path) -> None:
    """Copy, but not without end."""
    most = min(_MOST_BYTES, _MOST_TIMES * max(path.stat().st_size, _HEAD))
    written = 0
    while chunk := packed.read(_CHUNK):
        written += len(chunk)
        if written > most:
            what = f"grows beyond {most:,} bytes, far more than text compresses; not opened"
            raise InputError(Problem(str(path), what))
        file.write(chunk)
