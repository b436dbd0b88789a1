"""Damaged files: no crash, and every record is landed, set aside or refused with its file."""

import shutil
from pathlib import Path

import pytest

from cclf_files import file_name
from mutate import rows, tally
from openvbc.sources.cclf.format import FORMAT
from test_cclf import part_a, part_b


@pytest.mark.usefixtures("one_database")
@pytest.mark.parametrize("count", [60, pytest.param(5_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("file", ["cclf1", "cclf5"])
def test_damaged_records(tmp_path: Path, file: str, count: int) -> None:
    lines = part_a() if file == "cclf1" else part_b()
    number = iter(range(count))

    def land(content: bytes) -> bool:
        out = tmp_path / str(next(number))
        out.mkdir()
        path = out / "given"
        path.write_bytes(content)
        FORMAT.land(path, file_name(file), out, "100MB")
        landed = rows(out / f"{file}.parquet")
        aside = rows(out / "aside.parquet")
        shutil.rmtree(out)
        given = content.count(b"\n") + (not content.endswith(b"\n") and bool(content.strip()))
        assert landed + aside == given, content
        return aside == 0

    whole, partly, refused = tally("\n".join([*lines, ""]).encode(), count, land)
    assert whole + partly + refused == count
    assert refused > count // 3
