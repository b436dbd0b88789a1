"""Control totals: what the sender says it sent against what was loaded."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.inventory.arrival import Delivery
from openvbc.inventory.expectation import ControlTotal, Expectations, month_of
from openvbc.inventory.measure import Measured
from openvbc.inventory.small import shown
from openvbc.money import dollars
from openvbc.sources.loads import load_folder, read_manifest

MONEY: Final = ("charge", "allowed", "paid")
"""Measures in dollars."""


@dataclass(frozen=True)
class Control:
    """One total: where it is stated, what it says, what was loaded.

    Money is in dollars. note says what keeps the two apart where they differ.
    """

    source: str
    what: str
    stated: Decimal
    loaded: Decimal
    told: str
    is_money: bool = False
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both are the same, to the cent or the row."""
        return self.stated == self.loaded

    @property
    def difference(self) -> Decimal:
        """Loaded less stated."""
        return self.loaded - self.stated

    def text(self, value: Decimal) -> str:
        """A value that can be shown."""
        if self.is_money:
            return f"{value:,.2f}"
        return shown(int(value)) if value >= 0 else f"{value:,}"

    def to_json(self) -> Mapping[str, Any]:
        """The total for other programs."""
        return {
            "source": self.source,
            "what": self.what,
            "stated": self.text(self.stated),
            "loaded": self.text(self.loaded),
            "agrees": self.agrees,
            "told": self.told,
            "note": self.note,
        }

    def __str__(self) -> str:
        words = f"{self.what}: stated {self.text(self.stated)}, loaded {self.text(self.loaded)}"
        return f"{words} ({'; '.join(it for it in (self.told, self.note) if it)})"


def declared(
    expectations: Expectations, found: Sequence[Delivery], measured: Measured
) -> Iterator[Control]:
    """The totals of expectations.yaml whose month was delivered."""
    for source, it in expectations.shape.sources.items():
        for total in it.control_totals:
            month = month_of(total.month)
            mine = [one for one in found if one.source == source and one.month == month]
            fresh = [one for one in mine if not one.is_repeat]
            if fresh:
                yield _declared(source, total, fresh, measured)


def _declared(
    source: str, total: ControlTotal, fresh: Sequence[Delivery], measured: Measured
) -> Control:
    if total.measure == "rows":
        loaded = Decimal(sum(it.rows.get(total.table, 0) for it in fresh))
    else:
        keys = [(it.load_id, total.table) for it in fresh]
        counts = [measured.stated.get(key, Counter[str]()) for key in keys]
        value = sum(it[total.measure] for it in counts)
        loaded = dollars(value) if total.measure in MONEY else Decimal(value)
    what = f"{total.month} {total.table} {total.measure}"
    is_money = total.measure in MONEY
    return Control(source, what, total.value, loaded, total.source, is_money, _note(fresh))


def _note(fresh: Sequence[Delivery]) -> str:
    aside = sum(it.set_aside for it in fresh)
    again = sum(it.redelivered for it in fresh)
    words = [f"{aside:,} rows set aside"] if aside else []
    return ", ".join([*words, *([f"{again:,} rows that came before"] if again else [])])


def summarised(
    data: Path, found: Sequence[Delivery], records: Sequence[tuple[str, str, str, int]]
) -> Iterator[Control]:
    """What feeds' own summaries (CCLF0) announce, against the records landed."""
    sources = {it.load_id: it.source for it in found}
    for load_id, file, period, stated in records:
        if load_id in sources:
            landed = _landed(data, load_id, file)
            what = f"{period} {file} records"
            yield Control(sources[load_id], what, Decimal(stated), Decimal(landed), "CCLF0")


def _landed(data: Path, load_id: str, file: str) -> int:
    """Records of a landed file, those set aside included."""
    manifest = read_manifest(load_folder(data, load_id))
    mine = [it for it in manifest.get("landed", ()) if file in it["rows"]]
    return sum(it["rows"][file] + it["aside"] for it in mine)
