"""YAML that is read exactly: numbers as they are written, every key with its line."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openvbc.errors import InputError
from openvbc.yamlfile import cited, line_of, plain, read_yaml, where, write_yaml


def read(folder: Path, text: str) -> Any:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return plain(read_yaml(path))


def test_numbers_are_what_stands_in_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, "a: 0.10\nb: 1_000\nc: 1_0.50\nd: 1e3\ne: 0x1F\nf: 007\n")
    assert found == {
        "a": Decimal("0.10"),
        "b": 1000,
        "c": Decimal("10.50"),
        "d": Decimal(1000),
        "e": 31,
        "f": 7,
    }
    assert str(found["a"]) == "0.10"
    assert {type(it) for it in found.values()} == {Decimal, int}


def test_a_named_value_is_the_value(tmp_path: Path) -> None:
    found = read(tmp_path, "a: &yes true\nb: *yes\nc: &n 5\nd: *n\n")
    assert found == {"a": True, "b": True, "c": 5, "d": 5}
    assert type(found["b"]) is bool


def test_lists_text_and_days(tmp_path: Path) -> None:
    assert read(tmp_path, "a: [x, 'y', 1.5]\nb: 2025-01-31\nc: null\n") == {
        "a": ["x", "y", Decimal("1.5")],
        "b": date(2025, 1, 31),
        "c": None,
    }


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    path = folder / "x.yaml"
    path.write_text("# a comment\na: 1\n\nb:\n  c: 2\n")
    found = read_yaml(path)
    assert (line_of(found, "a"), line_of(found, "b"), line_of(found["b"], "c")) == (2, 4, 5)
    assert line_of(found, "no such key") is None
    assert line_of({"a": 1}, "a") is None
    assert where(path, found["b"], "c") == f"{path}:5"
    assert where(path, found, "z") == str(path)
    assert cited(path, found, "a") == "contracts/x.yaml:2"


def test_a_key_that_is_merged_in_has_the_line_of_its_mapping(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n")
    found = read_yaml(path)
    assert found["b"]["x"] == 1
    assert line_of(found["b"], "x") == 3
    assert line_of(found["b"], "y") == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: [\n", "x.yaml:3: not valid YAML: "),
        ("a: 1\na: 2\n", 'x.yaml:2: not valid YAML: found duplicate key "a" with value "2"'),
        ("a:\n\t- 1\n", "x.yaml:2: not valid YAML: found character '\\t'"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: not valid YAML: but found another document"),
        ("a: *no\n", "x.yaml:1: not valid YAML: found undefined alias"),
        ("a: 1\nb: 2025-02-30\n", "x.yaml:2: not valid YAML: found 2025-02-30, expected a date"),
        ("a: .inf\n", "x.yaml:1: not valid YAML: found .inf, expected a number"),
        ("a: \x00\n", "x.yaml: not valid YAML: unacceptable character"),
        ("[1, 2]\n", "x.yaml: expected a mapping of keys to values"),
    ],
)
def test_what_is_no_yaml_is_refused_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    (problem,) = caught.value.problems
    said = str(problem).replace(f"{tmp_path}/", "")
    assert said.startswith(expected)
    assert "\n" not in said


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(InputError, match=r"latin.yaml:2: not UTF-8 at byte 11; save the file as"):
        read_yaml(latin)


def test_a_value_that_stands_twice_is_written_twice(tmp_path: Path) -> None:
    day, path = date(2026, 8, 31), tmp_path / "x.yaml"
    write_yaml(path, {"as_of": day, "facts": {"received_on": day, "value": Decimal("1.50")}})
    assert path.read_text() == (
        "as_of: 2026-08-31\nfacts:\n  received_on: 2026-08-31\n  value: 1.50\n"
    )


VALUES = some.one_of(
    some.decimals(-(10**12), 10**12, places=4),
    some.integers(-(10**9), 10**9),
    some.booleans(),
    some.dates(),
    some.text("abc xyz:-#'\"", min_size=1),
)


@settings(max_examples=50)
@given(some.dictionaries(some.text("abc", min_size=1), VALUES, max_size=5))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "x.yaml"
    write_yaml(path, content)
    if content:
        assert plain(read_yaml(path)) == content
