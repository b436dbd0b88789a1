"""CCW research identifiable files (RIF), pipe-delimited, one file a claim type."""

from typing import Final

from openvbc.sources.delimited import Delimited

FORMAT: Final = Delimited("rif")
