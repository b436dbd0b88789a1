"""OMOP common data model 5.4 tables as CSV, comma or tab."""

from typing import Final

from openvbc.sources.delimited import Delimited

FORMAT: Final = Delimited("omop")
