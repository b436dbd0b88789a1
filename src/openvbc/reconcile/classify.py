"""The class of a difference: from where the value comes, and the dated mapping `classes.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.contract.statement import Document
from openvbc.money import parse_decimal, round_half_up
from openvbc.yamlfile import plain, read_yaml

CLASSES_FILE: Final = Path(__file__).with_name("classes.yaml")

TERMS: Final = "terms of the contract"
PARAMETER_VERSION: Final = "parameter version"
ROUNDING: Final = "rounding"
WITHHELD: Final = "withheld data"
OTHER: Final = "other fact"
UNEXPLAINED: Final = "unexplained"


@dataclass(frozen=True)
class Classes:
    """The mapping file.

    checked: when it was last held against the leaves there are. order: the classes in the order in
    which their causes are replaced. names, tables, units: leaf name, table or unit → class.
    rounding: unit → fewest decimals to which one value may be the other rounded. structure:
    strata or components → class.
    """

    checked: date
    order: tuple[str, ...]
    names: Mapping[str, str]
    tables: Mapping[str, str]
    units: Mapping[str, str]
    rounding: Mapping[str, int]
    structure: Mapping[str, str]

    def of_leaf(self, line: Document) -> str:
        """The class of a leaf by its name, else its table, else its unit, else `other fact`."""
        name = line["path"].rpartition("/")[2]
        found = self.names.get(name) or self.tables.get(line["source"].get("table", ""))
        return found or self.units.get(line["unit"], OTHER)

    def of_cell(self, ours: Document, theirs: Document) -> str:
        """The class of a difference between two lines of one leaf and cell."""
        kinds = {it["source"]["kind"] for it in (ours, theirs)}
        if "parameter" in kinds:
            return PARAMETER_VERSION
        if "term" in kinds:
            return TERMS
        if "default" in kinds or None in {ours["value"], theirs["value"]}:
            return WITHHELD
        if "table" not in kinds and self._rounded(ours, theirs):
            return ROUNDING
        return self.of_leaf(theirs)

    def _rounded(self, ours: Document, theirs: Document) -> bool:
        """Whether one of two values is the other one rounded."""
        fewest = self.rounding.get(ours["unit"])
        one, other = parse_decimal(ours["value"]), parse_decimal(theirs["value"])
        if fewest is None or one is None or other is None:
            return False
        return _rounds_to(one, other, fewest) or _rounds_to(other, one, fewest)


def _rounds_to(fine: Decimal, coarse: Decimal, fewest: int) -> bool:
    exponent = coarse.as_tuple().exponent
    places = max(fewest, -exponent if isinstance(exponent, int) else 0)
    return round_half_up(fine, places) == coarse


def _by_entry(classes: Mapping[str, Any]) -> dict[str, str]:
    """Class → its names, turned to name → class."""
    return {name: kind for kind, names in classes.items() for name in names}


@cache
def classes() -> Classes:
    """The mapping of the package."""
    found = plain(read_yaml(CLASSES_FILE))
    return Classes(
        checked=found["checked"],
        order=tuple(found["order"]),
        names=_by_entry(found["names"]),
        tables=found["tables"],
        units=found["units"],
        rounding=found["rounding"],
        structure=found["structure"],
    )
