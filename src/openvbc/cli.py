"""The command line: the name of every command, where it stands, and one example of its use.

A command stands in its room, reads its options, calls one function and prints. Its module is
imported when the command is called or its help is asked, so that each starts with what it needs.
"""

from typing import Any, Final

import typer

from openvbc import console
from openvbc.console import Late

COMMANDS: Final = {
    "churn": Late(
        "openvbc.attribution.commands:churn", "vbc churn lakeside_PY2025 --from PY2025.base_3"
    ),
    "what-if": Late(
        "openvbc.attribution.commands:what_if_command", "vbc what-if --tin 123456789 --leave"
    ),
    "person": Late("openvbc.identity.commands:person", "vbc person P0000017 --html p17.html"),
    "episodes": Late("openvbc.explain.episodes:episodes", "vbc episodes summit_PY2025 --lines"),
    "panel": Late("openvbc.panel.commands:panel", "vbc panel --by npi --measure continuity"),
    "region": Late(
        "openvbc.benchmark.commands:region_command",
        "vbc region lakeside_PY2025 --crosswalk ssa_fips.csv --facts",
    ),
    "reported": Late(
        "openvbc.reconcile.reported:reported_command",
        "vbc reported lakeside_PY2025 --report AALR-1",
    ),
    "agreements": Late("openvbc.agreements:agreements", "vbc agreements"),
    "cost": Late("openvbc.cost.commands:cost", "vbc cost --by category --html cost.html"),
    "demo": Late("openvbc.demo.command:demo", "vbc demo demo --members 2000"),
    "init": Late("openvbc.workspace_commands:init", "vbc init . --buckets 4"),
    "generate": Late(
        "openvbc.generate.command:generate_command", "vbc generate people --members 5000 --seed 7"
    ),
    "load": Late("openvbc.feeds:load", "vbc load deliveries/2026-04 --name Lakeside --kind tuva"),
    "listen": Late("openvbc.feeds:listen", "vbc listen --port 2575 --name General"),
    "acknowledge": Late(
        "openvbc.feeds:acknowledge", "vbc acknowledge inbound/claims.x12 --out outbound"
    ),
    "reference": Late(
        "openvbc.feeds:reference", "vbc reference svi SVI_2022_US_county.csv --version 2022"
    ),
    "fetch-fhir": Late(
        "openvbc.fetch:fetch_fhir",
        "vbc fetch-fhir https://ehr.example/fhir --group panel-7 --client-id openvbc "
        "--key private.jwk --out deliveries/2026-04",
    ),
    "sources": Late("openvbc.inventory.show:sources", "vbc sources --as-of 2026-09-30"),
    "bench": Late("openvbc.bench.command:bench", "vbc bench --members 20000 --json cost.json"),
    "build": Late("openvbc.workspace_commands:build", "vbc build --dry-run"),
    "worker": Late("openvbc.worker:worker", "vbc worker --buckets 0-3 --wait 60"),
    "settle": Late("openvbc.workspace_commands:settle", "vbc settle lakeside_PY2025 --depth 3"),
    "distribute": Late(
        "openvbc.distribute.command:distribute", "vbc distribute valley_PY2025 --dry-run"
    ),
    "ledger": Late("openvbc.ledger.commands:ledger", "vbc ledger --party V1 --as-of 2026-09-28"),
    "bridge": Late("openvbc.ledger.commands:bridge", "vbc bridge valley_PY2025"),
    "rollup": Late("openvbc.ledger.rollup:rollup", "vbc rollup --entity NMG --period PY2025"),
    "reconcile": Late("openvbc.reconcile.command:reconcile", "vbc reconcile ours.json theirs.json"),
    "exchange": Late(
        "openvbc.reconcile.exchange:exchange_command",
        "vbc exchange lakeside_PY2025 --salt-file salt --out pack",
    ),
    "glide": Late("openvbc.glide.command:glide", "vbc glide northfield_risk"),
    "responsibility": Late(
        "openvbc.explain.responsibility:responsibility",
        "vbc responsibility contracts/harbor_responsibility.csv summary.csv",
    ),
    "explain": Late(
        "openvbc.explain.command:explain", "vbc explain counted_expenditure --at stratum=esrd"
    ),
    "check": Late("openvbc.workspace_commands:check", "vbc check"),
    "sql": Late(
        "openvbc.workspace_commands:sql", 'vbc sql "SELECT * FROM attribution LIMIT 5" --csv'
    ),
    "runs": Late("openvbc.workspace_commands:runs", "vbc runs --workspace demo"),
    "replicate": Late(
        "openvbc.published_commands:replicate", "vbc replicate mssp PY2022.csv --json py2022.json"
    ),
    "programs": Late("openvbc.published_commands:programs", "vbc programs team"),
    "contract": Late("openvbc.author.commands:contract_app"),
    "match": Late("openvbc.identity.commands:match_app"),
    "risk": Late("openvbc.explain.risk_commands:risk_app"),
    "map": Late("openvbc.author.map_commands:map_app"),
}
"""Name → where the command stands; a group of commands has its examples itself."""


class Vbc(console.Commands):
    """All commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = console.LateCommands(COMMANDS)


app = typer.Typer(
    cls=Vbc,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `vbc demo`. Exit codes: 0 done, 1 a check failed, 2 refused.",
)


@app.callback()
def vbc(version: console.VersionOption = False) -> None:
    """Value-based contracts, from claims to a settled statement that explains itself."""


def main() -> None:
    """Run the command line; problems are printed one line each, and the exit code says which."""
    console.run(app)
