"""What every part of a file that people write is made of."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def read_day(value: object) -> date:
    """A day as YAML reads it, or as text in quotes; never a number or a moment.

    Raises ValueError for anything else.
    """
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("not a day")


Day = Annotated[date, BeforeValidator(read_day)]


class Shape(BaseModel):
    """A part of a file: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
