"""OpenVBC: the open system that value-based care runs on.

These are the public names; everything else may change without notice.

A workspace and what is in it: `Workspace`, `Settings`, `Contract`, `Settlement`, `read_contract`,
`read_settlement`. What is done with it: `load`, `generate_population`, `check_settlement`,
`settle_and_publish`. The rules by themselves, with facts from anywhere: `settle`, `Settled`,
`Facts`, `Given`, `At`, `Found`, `FirstOf`, `TableFacts`. A statement for people: `render_text`,
`render_html`. Published results: `replicate_mssp`. What is refused: `OpenVBCError`, `InputError`,
`CheckFailedError`, `Problem`, `ExitCode`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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

_HOMES: Final = {
    "At": "openvbc.contract.facts:At",
    "CheckFailedError": "openvbc.errors:CheckFailedError",
    "Contract": "openvbc.contract.contract:Contract",
    "ExitCode": "openvbc.errors:ExitCode",
    "Facts": "openvbc.contract.facts:Facts",
    "FirstOf": "openvbc.contract.facts:FirstOf",
    "Found": "openvbc.contract.facts:Found",
    "Given": "openvbc.contract.facts:Given",
    "InputError": "openvbc.errors:InputError",
    "OpenVBCError": "openvbc.errors:OpenVBCError",
    "Problem": "openvbc.errors:Problem",
    "Settings": "openvbc.settings:Settings",
    "Settled": "openvbc.contract.settle:Settled",
    "Settlement": "openvbc.contract.settlement:Settlement",
    "TableFacts": "openvbc.contract.tables:TableFacts",
    "Workspace": "openvbc.workspace:Workspace",
    "check_settlement": "openvbc.contract.check:check_settlement",
    "generate_population": "openvbc.generate.population:generate",
    "load": "openvbc.sources.load:load",
    "read_contract": "openvbc.contract.contract:read_contract",
    "read_settlement": "openvbc.contract.settlement:read_settlement",
    "render_html": "openvbc.contract.render_html:render_html",
    "render_text": "openvbc.contract.render_text:render_text",
    "replicate_mssp": "openvbc.replicate.mssp.program:replicate_mssp",
    "settle": "openvbc.contract.settle:settle",
    "settle_and_publish": "openvbc.publish:settle_and_publish",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """A public name, imported when it is first asked for: who needs none waits for none."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, own = _HOMES[name].partition(":")
        return getattr(import_module(module), own)
