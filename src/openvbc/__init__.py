"""OpenVBC: the open system that value-based care runs on.

These are the public names; everything else may change without notice.

A workspace and what is in it: `Workspace`, `Settings`, `Contract`, `Settlement`, `read_contract`,
`read_settlement`. What is done with it: `load`, `generate_population`, `check_settlement`,
`settle_and_publish`. The rules by themselves, with facts from anywhere: `settle`, `Settled`,
`Facts`, `Given`, `At`, `Found`, `FirstOf`, `TableFacts`. A statement for people: `render_text`,
`render_html`. Published results: `replicate_mssp`. What is refused: `OpenVBCError`, `InputError`,
`CheckFailedError`, `Problem`, `ExitCode`.
"""

from openvbc.contract.check import check_settlement
from openvbc.contract.contract import Contract, read_contract
from openvbc.contract.facts import At, Facts, FirstOf, Found, Given
from openvbc.contract.render_html import render_html
from openvbc.contract.render_text import render_text
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import Settlement, read_settlement
from openvbc.contract.tables import TableFacts
from openvbc.errors import CheckFailedError, ExitCode, InputError, OpenVBCError, Problem
from openvbc.generate.population import generate as generate_population
from openvbc.publish import settle_and_publish
from openvbc.replicate.mssp.program import replicate_mssp
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

__all__ = [
    "At",
    "CheckFailedError",
    "Contract",
    "ExitCode",
    "Facts",
    "FirstOf",
    "Found",
    "Given",
    "InputError",
    "OpenVBCError",
    "Problem",
    "Settings",
    "Settled",
    "Settlement",
    "TableFacts",
    "Workspace",
    "check_settlement",
    "generate_population",
    "load",
    "read_contract",
    "read_settlement",
    "render_html",
    "render_text",
    "replicate_mssp",
    "settle",
    "settle_and_publish",
]
