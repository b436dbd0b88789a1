"""Nothing flows back: a stage reads only from stages to its left.

The order is that of docs/architecture.md, for Python modules and for SQL models alike. A change to
a payment rule then never moves a table, and a change to a command never moves a dollar.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import openvbc
from openvbc.engine.inputs import code_list_model
from openvbc.engine.lint import lint_models
from openvbc.engine.model import MODELS_FOLDER, STAGES, read_models
from openvbc.parameters import code_lists

PACKAGE = Path(openvbc.__file__).parent

LAYERS: tuple[set[str], ...] = (
    {"csvtable", "errors", "money", "page", "period", "summed", "yamlfile"},
    {"engine"},
    {"parameters"},
    {"confidentiality", "groupers", "mapping", "responsibility", "risk", "sources"},
    {"attribution_methods", "rules"},
    {"analyses", "contract", "episodes", "prices"},
    {"governance", "members", "place", "programs", "replicate", "settings", "workspace"},
    {
        "agreements",
        "attribution",
        "author",
        "benchmark",
        "console",
        "cost",
        "demo",
        "distribute",
        "explain",
        "generate",
        "glide",
        "identity",
        "inventory",
        "ledger",
        "panel",
        "publish",
        "query",
        "report",
    },
    {"bench", "feeds", "fetch", "published_commands", "reconcile", "worker", "workspace_commands"},
    {"cli", "__main__"},
)
"""The package's rooms, left to right. A room may import itself, its neighbours and all before."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The first folder or file below the package: engine/plan.py stands in engine."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer_of(room: str) -> int:
    found = [place for place, layer in enumerate(LAYERS) if room in layer]
    assert found, f"{room} stands in no layer: place it in LAYERS"
    return found[0]


def imports(path: Path) -> Iterator[str]:
    """The rooms that a module imports, also from inside its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "openvbc":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("openvbc."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            names = (alias.name.split(".") for alias in node.names)
            yield from (parts[1] for parts in names if parts[0] == "openvbc" and len(parts) > 1)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_nothing_to_its_right(path: Path) -> None:
    if path == PACKAGE / "__init__.py":
        return
    own = layer_of(room_of(path))
    to_the_right = [
        room
        for room in imports(path)
        if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file()
        if layer_of(room) > own
    ]
    assert to_the_right == []


def test_rules_know_neither_tables_nor_contracts() -> None:
    """Dollars by rules: a rule gets its inputs as arguments, so a published row can supply them."""
    used = {room for path in (PACKAGE / "rules").rglob("*.py") for room in imports(path)}
    assert used <= {"rules", "money", "period", "errors"}


def test_the_check_sees_an_import_to_the_right(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from openvbc import cli\n    import openvbc.contract.settle\n")
    assert list(imports(file)) == ["cli", "contract"]
    assert layer_of("cli") > layer_of("contract") > layer_of("engine")


def test_every_model_stands_in_a_stage_and_reads_only_known_tables_to_its_left() -> None:
    """The linter also reports an unknown table; a code list is a table of the first stage."""
    models = read_models(MODELS_FOLDER)
    assert {model.stage for model in models.values()} <= set(STAGES)
    tables = models | {name: code_list_model(path) for name, path in code_lists().items()}
    assert [str(it) for it in lint_models(tables) if " reads " in str(it)] == []
