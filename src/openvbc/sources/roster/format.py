"""Rosters with dates, and the public NPPES file."""

from typing import Final

from openvbc.sources.delimited import Delimited

FORMAT: Final = Delimited("roster")
