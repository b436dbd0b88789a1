"""The command line. Thin: every command reads its options, calls one function, and prints."""

import csv
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from openvbc import console
from openvbc.console import out, print_problems
from openvbc.contract.render_text import render_text
from openvbc.contract.tables import TableFacts
from openvbc.demo import make_demo, settle_and_publish
from openvbc.errors import ExitCode, InputError, OpenVBCError, Problem
from openvbc.explain import explain_claim, explain_line, explain_person
from openvbc.generate.population import generate as generate_population
from openvbc.replicate import replicate_mssp
from openvbc.sources.load import load as load_source
from openvbc.workspace import Settings, Workspace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Value-based contracts from claims to a settled statement that explains itself.",
)

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help="The workspace folder.", show_default="here")
]
HERE = Path()
