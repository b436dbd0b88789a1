"""The documentation is held to the program: generated pages, links, command lines, examples."""

import ast
import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

import openvbc
from openvbc.cli import app
from openvbc.contract.check import check_settlement
from openvbc.contract.component import component, component_names
from openvbc.contract.document import ContractShape, SettlementShape
from openvbc.contract.shape import Shape
from openvbc.engine.model import MODELS_FOLDER
from openvbc.parameters import PARAMETERS_FOLDER
from openvbc.settings import Settings
from openvbc.workspace import Workspace

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "src" / "openvbc"
REFERENCE: Final = ROOT / "docs" / "reference"
WORKSPACE_PAGE: Final = ROOT / "docs" / "workspace.md"
PAGES: Final = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE: Final = re.compile(r"^```(\w*)[ ]?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(path: object) -> str:
    """A test's id: the file below the project, or the text itself."""
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else str(path)


def yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


@cache
def reference() -> Any:
    """The package in tools/ that writes docs/reference."""
    sys.path.insert(0, str(ROOT / "tools"))
    return importlib.import_module("reference")


# Generated pages


@pytest.mark.parametrize(
    "name", ["commands", "parameters", "programs", "rules", "settings", "tables"]
)
def test_a_generated_page_says_what_the_program_says_now(name: str) -> None:
    path = REFERENCE / f"{name}.md"
    assert path.exists(), "run python tools/make_reference.py"
    said = path.read_text(encoding="utf-8") == reference().PAGES[name]()
    assert said, f"{name_of(path)} is out of date: run python tools/make_reference.py"


def test_the_coverage_table_of_the_readme_says_what_the_registry_says_now() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    said = text == reference().programs.with_coverage(text)
    assert said, "README.md is out of date: run python tools/make_reference.py"


def test_every_generated_page_is_compared() -> None:
    assert {path.stem for path in REFERENCE.glob("*.md")} == set(reference().PAGES)


def declared(page: str) -> set[str]:
    """What must have an entry on a page, read from the sources and not by the page's writer."""
    if page == "tables":
        files = [*MODELS_FOLDER.rglob("*.sql"), *MODELS_FOLDER.rglob("*.yaml")]
        return {path.stem for path in [*files, *PARAMETERS_FOLDER.rglob("*.csv")]}
    if page == "rules":
        return {name for it in component_names() for name in component(it).rules}
    files = sorted(PARAMETERS_FOLDER.rglob("*.yaml"))
    return {name for path in files for name in yaml(path.read_text("utf-8"))["parameters"]}


@pytest.mark.parametrize("page", ["tables", "rules", "parameters"])
def test_every_table_rule_and_parameter_has_an_entry(page: str) -> None:
    assert declared(page) - set(headings(REFERENCE / f"{page}.md")) == set()


def test_every_setting_has_an_entry() -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert set(listed) == set(Settings.__dataclass_fields__)


def test_every_command_has_one_example_which_is_of_that_command() -> None:
    pages = reference().commands
    examples = pages.examples()
    assert set(examples) == {name for name, _ in pages.commands()}
    assert [it for name, it in examples.items() if not it.startswith(f"vbc {name}")] == []


HEADER: Final = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)


def declaration(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    header = HEADER.match(text)
    return yaml(header[1] if header else text)


def stray_words() -> Iterator[str]:
    for path in [*MODELS_FOLDER.rglob("*.sql"), *MODELS_FOLDER.rglob("*.yaml")]:
        for name, column in declaration(path)["columns"].items():
            for word in column.keys() - {"type", "says", "required", "form"}:
                yield f"{name_of(path)}: {name}: {word}"
    for path in PARAMETERS_FOLDER.rglob("*.yaml"):
        for name, parameter in declaration(path)["parameters"].items():
            for value in parameter["values"]:
                for word in value.keys() - {"from", "to", "value", "cite", "checked"}:
                    yield f"{name_of(path)}: {name}: {word}"


def test_no_words_of_a_declaration_are_lost() -> None:
    """In {says: a, b} YAML reads b as another key: such a sentence must stand in quotes."""
    assert list(stray_words()) == []


# Links


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


@cache
def headings(path: Path) -> tuple[str, ...]:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return tuple(re.findall(r"^#{1,6} (.+?)\s*$", text, re.MULTILINE))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for heading in headings(path):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found[words] = found.get(words, 0) + 1
    again = {f"{name}-{n}" for name, count in found.items() for n in range(1, count)}
    return frozenset(found) | again


def links(path: Path) -> list[str]:
    text = without_code(path.read_text(encoding="utf-8"))
    return [to for to in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in to]


def broken(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = (page.parent / file).resolve() if file else page
    return not target.exists() or (bool(anchor) and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    assert [link for link in links(page) if broken(page, link)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    waiting, reached = [ROOT / "README.md"], set[Path]()
    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page.exists() and page not in reached:
            reached.add(page)
            waiting += [(page.parent / it.partition("#")[0]).resolve() for it in links(page)]
    assert [name_of(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("folder", ["src", "tests", "tools"])
def test_a_page_that_the_code_names_is_there(folder: str) -> None:
    files = [it for it in (ROOT / folder).rglob("*") if it.suffix in {".py", ".sql", ".yaml"}]
    named = {
        page
        for path in files
        for page in re.findall(r"\bdocs/[\w/]+\.md", path.read_text(encoding="utf-8"))
    }
    assert sorted(page for page in named if not (ROOT / page).exists()) == []


def test_a_link_to_a_heading_that_is_not_there_is_seen() -> None:
    page = REFERENCE / "tables.md"
    assert not broken(WORKSPACE_PAGE, "reference/tables.md#lineage")
    assert not broken(page, "#medical_claim")
    assert broken(WORKSPACE_PAGE, "reference/tables.md#no-such-table")
    assert broken(WORKSPACE_PAGE, "no-such-page.md")


# Command lines


def spans(text: str) -> Iterator[str]:
    """The inline code of a text, and the single commands of its lines of code."""
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    indented = re.findall(r"^ {2,}(\S.*)$", text, re.MULTILINE)
    fenced = [line for _, _, body in FENCE.findall(text) for line in body.splitlines()]
    for line in [*indented, *fenced]:
        yield from re.split(r" && |^\$ ", line.strip())


def command_lines(text: str) -> set[str]:
    """Every `vbc …` that a text shows, but for `vbc COMMAND`, which is none."""
    return {it.strip() for it in spans(text) if re.match(r"vbc [a-z-]", it.strip())}


def printed(path: Path) -> set[str]:
    """The command lines in the strings and docstrings of a module: what the program tells us."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = [it.value for it in nodes if isinstance(it, ast.Constant) and isinstance(it.value, str)]
    return {line for text in texts for line in command_lines(text)}


SHOWN: Final = sorted(
    {line for page in PAGES for line in command_lines(page.read_text(encoding="utf-8"))}
    | {line for path in PACKAGE.rglob("*.py") for line in printed(path)}
)
STANDS_FOR: Final = {"N": "2000", "YEAR": "2025", "DAY": "2026-04-02"}


def parse(line: str) -> None:
    """Parse a command line as `vbc` would, without running it; raises where it would refuse."""
    words = shlex.split(re.sub(r"[\[\]]", "", line), comments=True)[1:]
    command: Any = get_command(app)
    while words and hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"no command {name}"
        command = command.commands[name]
    if all(word.startswith("-") for word in words):  # a command and its options, only named
        known = {"--help", *(it for one in getattr(command, "params", ()) for it in one.opts)}
        assert set(words) <= known, f"no option {set(words) - known}"
    else:
        command.make_context(command.name, [STANDS_FOR.get(word, word) for word in words])


@pytest.mark.parametrize("line", SHOWN)
def test_a_command_line_that_we_show_is_one(line: str) -> None:
    parse(line)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("vbc settel", "no command settel"),
        ("vbc build --wrkspace", "no option {'--wrkspace'}"),
        ("vbc build --wrkspace x", "--wrkspace"),
        ("vbc demo --members 5", "2000"),
    ],
)
def test_a_command_line_that_is_none_is_seen(line: str, wrong: str) -> None:
    with pytest.raises(Exception, match=re.escape(wrong)):
        parse(line)


def test_the_readme_sets_up_with_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [line.strip() for line in text.splitlines() if line.strip().startswith("pip ")]
    assert shown == ["pip install . && vbc demo", "pip install -e '.[dev]' && pytest"]


# The workspace page


@pytest.fixture
def shown_workspace(tmp_path: Path) -> Workspace:
    """The files of docs/workspace.md, each written where its fence says."""
    for _, name, body in FENCE.findall(WORKSPACE_PAGE.read_text(encoding="utf-8")):
        if name:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(body, encoding="utf-8")
    return Workspace(tmp_path)


def test_the_contract_and_the_settlement_of_the_workspace_page_resolve(
    shown_workspace: Workspace,
) -> None:
    """As `vbc check` does: no name, date or fact is missing."""
    assert shown_workspace.settings == Settings()
    found = {name: check_settlement(it) for name, it in shown_workspace.settlements.items()}
    assert found == {"lakeside_PY2025": []}
    rows = next(iter(shown_workspace.contracts.values())).participants()
    assert [row["role"] for row in rows] == ["practice", "practice", "fqhc"]


def keys(shape: type[Shape]) -> Iterator[str]:
    for name, field in shape.model_fields.items():
        yield field.alias or name
        if isinstance(field.annotation, type) and issubclass(field.annotation, Shape):
            yield from keys(field.annotation)


@pytest.mark.parametrize("shape", [ContractShape, SettlementShape])
def test_the_workspace_page_shows_every_key_of_a_file(shape: type[Shape]) -> None:
    text = WORKSPACE_PAGE.read_text(encoding="utf-8")
    assert [key for key in keys(shape) if not re.search(rf"\b{key}:", text)] == []


# The tree


def files() -> Iterator[Path]:
    """Every file of the project that people write."""
    for folder in ("src", "tests", "tools", "docs", "bench", "requirements", ".ci"):
        paths = (ROOT / folder).rglob("*")
        yield from (it for it in paths if it.is_file() and "__pycache__" not in it.parts)
    yield from (it for it in ROOT.iterdir() if it.suffix in {".md", ".toml"})


UNWANTED: Final = {
    "a path of one machine": r"(?<![\w.>}])/(?:home|root|Users|tmp|work|mnt)/\w",
    "the host of a registry": r"pypi\.org|python[h]osted|npmjs\.|anaconda\.|--(?:extra-)?index-url",
    "a thing to do": r"\b(?:TO[D]O|FIX[M]E)\b",
    "an e-mail address": r"[\w.+-]+@[\w-]+\.[a-z]{2,}\b",
}


def unwanted(text: str) -> list[str]:
    return [what for what, pattern in UNWANTED.items() if re.search(pattern, text)]


def test_the_tree_names_no_machine_registry_or_person_and_nothing_to_do() -> None:
    found = {
        name_of(path): unwanted(path.read_text(encoding="utf-8", errors="ignore"))
        for path in files()
    }
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text", ["see /" + "home/x", "files.python" + "hosted.org", "TO" + "DO", "a.b" + "@example.org"]
)
def test_what_must_not_stand_in_the_tree_is_seen(text: str) -> None:
    assert len(unwanted(text)) == 1


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=name_of)
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


# The public names


def test_the_public_names_are_listed_once_in_order_and_can_be_imported() -> None:
    names = openvbc.__all__
    assert [one for one, other in pairwise(names) if one >= other] == []
    assert [name for name in names if not hasattr(openvbc, name)] == []


def test_the_public_names_are_each_explained_in_the_package_docstring() -> None:
    assert set(re.findall(r"`(\w+)`", openvbc.__doc__ or "")) == set(openvbc.__all__)


def test_no_public_name_hides_a_module() -> None:
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert set(openvbc.__all__) & modules == set()
