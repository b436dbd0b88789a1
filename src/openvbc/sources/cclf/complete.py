"""Is a delivery whole: what its summary announces is there, once, with as many records.

A list of people (CCLF8 and 9) may come alone. As soon as one claim file is there, the summary and
every file that it announces with records must be there too: a claim without its lines, or a
cancellation without its claim, would be counted wrongly and nobody would see it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.cclf.blank import is_blank
from openvbc.sources.cclf.layout import OPT_OUT
from openvbc.sources.cclf.names import Delivery, archive_of, parse
from openvbc.sources.cclf.summary import Announced, read_summary

_SUMMARY: Final = "cclf0"
_LISTS: Final = ("cclf8", "cclf9")

Files = Mapping[str, Delivered]


def problems(delivered: Sequence[Delivered]) -> Iterator[Problem]:
    """What only all files together show, one problem a line."""
    feeds: dict[Delivery, dict[str, Delivered]] = {}
    for it in delivered:
        named = parse(it.name)
        if named is None or named.file in ("cclf", OPT_OUT):
            continue
        yield from _wrong_archive(it, named.delivery)
        files = feeds.setdefault(named.delivery, {})
        if named.file in files:
            yield _doubled(it, files[named.file], named.delivery)
        files.setdefault(named.file, it)
    for feed, files in feeds.items():
        yield from _incomplete(feed, files)
    yield from _missing_months(sorted(feeds))


def _wrong_archive(it: Delivered, delivery: Delivery) -> Iterator[Problem]:
    archive = archive_of(it.name)
    if archive is None:
        return
    around = archive.delivery
    if (around.sender, around.entity) != (delivery.sender, delivery.entity):
        kinds = {"P": "production", "T": "test"}
        what = (
            f"found a {kinds[delivery.sender]} file of {delivery.entity} in a "
            f"{kinds[around.sender]} archive of {around.entity}; deliver the archive as CMS sent it"
        )
        yield Problem(it.name, what)


def _doubled(it: Delivered, first: Delivered, feed: Delivery) -> Problem:
    same = "the same content" if it.sha256 == first.sha256 else "other content"
    what = f"the {feed} has this file once more, with {same}, as {first.name}; keep one of them"
    return Problem(it.name, what)


def _incomplete(feed: Delivery, files: Files) -> Iterator[Problem]:
    claims = [it for it in files if it not in (_SUMMARY, *_LISTS)]
    if _SUMMARY not in files:
        if claims:
            what = f"found no summary (CCLF0) of the {feed}, expected one beside claim files"
            yield Problem(files[claims[0]].name, f"{what}; deliver it too")
        return
    summary = files[_SUMMARY]
    announced = _announced(summary)
    if announced is None:
        return
    if set(files) == {_SUMMARY} and _is_in_full_archive(summary) and any(_records_of(announced)):
        what = "announces records, and none of its files is in the archive; deliver it again whole"
        yield Problem(summary.name, what)
    for it in announced.values():
        if it.file in files:
            yield from _other_count(files[it.file], it, summary)
        elif claims and it.records:
            what = f"announces {it.records:,} records of {it.file.upper()}, found no such file"
            yield Problem(f"{summary.name}:{it.line}", f"{what}; deliver it too")
    for file in sorted(set(files) - set(announced) - {_SUMMARY}):
        what = f"the summary {summary.name} does not announce it; ask which of the two is right"
        yield Problem(files[file].name, what)


def _is_in_full_archive(it: Delivered) -> bool:
    """Did it come in an archive of a whole feed; until 2019 each file had one of its own."""
    archive = archive_of(it.name)
    return archive is not None and archive.file == "cclf"


def _records_of(announced: Mapping[str, Announced]) -> list[int]:
    return [it.records for it in announced.values()]


def _announced(summary: Delivered) -> Mapping[str, Announced] | None:
    """None where the summary is blank or cannot be read, which its landing says."""
    if is_blank(summary.head, summary.size):
        return None
    try:
        return read_summary(summary.path, summary.name)
    except InputError:
        return None


def _other_count(it: Delivered, announced: Announced, summary: Delivered) -> Iterator[Problem]:
    records = _records(it)
    if records != announced.records:
        what = (
            f"found {records:,} records, expected {announced.records:,} as "
            f"{summary.name}:{announced.line} announces; deliver it again whole"
        )
        yield Problem(it.name, what)


def _records(it: Delivered) -> int:
    """Lines of a file; all are equally long, which its landing holds, so the size tells."""
    if is_blank(it.head, it.size):
        return 0
    line = it.head.find(b"\n") + 1
    return -(-it.size // line) if line else 1


def _missing_months(feeds: Sequence[Delivery]) -> Iterator[Problem]:
    """A month without a feed between two that have one."""
    for entity in sorted({it.entity for it in feeds}):
        months = sorted({_month(it) for it in feeds if it.entity == entity and it.is_monthly})
        for before, after in pairwise(months):
            for month in range(before + 1, after):
                yield Problem(
                    f"{entity} feed of {month // 12}-{month % 12 + 1:02d}",
                    "found no delivery of this month between two others, expected one; deliver it "
                    "too, or, where CMS sent none, load what comes before and after it separately",
                )


def _month(feed: Delivery) -> int:
    return feed.day.year * 12 + feed.day.month - 1
