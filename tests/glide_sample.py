"""A workspace with the glide path of docs/glide.md, and its settlements as a test wants them."""

from pathlib import Path
from typing import Any

import pytest

from contract_sample import changed
from openvbc.errors import InputError
from openvbc.glide.run import Glide, glide
from openvbc.workspace import Workspace
from test_docs import FENCE

PAGE = Path(__file__).parents[1] / "docs" / "glide.md"
FILES = {name: body for _, name, body in FENCE.findall(PAGE.read_text("utf-8")) if name}
PLAN = "plans/northfield_risk.yaml"
YEARS = ("PY2025", "PY2026", "PY2027", "PY2028", "PY2029")


def year_file(year: int, benchmark: int, expenditure: int, score: str) -> str:
    """A settlement of one year as on the page, with other figures."""
    body = FILES["settlements/northfield_PY2025.yaml"]
    body = body.replace("2026-", f"{year + 1}-").replace("2025", f"{year}")
    return changed(body, {"40000000": f"{benchmark}", "38800000": f"{expenditure}", "0.85": score})


class Space:
    """A workspace with the contract and the plan; settlements as a test wants them."""

    def __init__(self, root: Path, plan: dict[str, str] | None = None) -> None:
        self.root = root
        for name in ("contracts", "settlements", "plans", "data"):
            (root / name).mkdir(exist_ok=True)
        (root / "vbc.toml").write_text("buckets = 2\n")
        self.write("contracts/northfield.yaml", FILES["contracts/northfield.yaml"])
        self.write(PLAN, changed(FILES[PLAN], plan or {}))

    def write(self, name: str, body: str) -> None:
        (self.root / name).write_text(body, encoding="utf-8")

    def settle(self, year: int, benchmark: int, expenditure: int, score: str = "0.85") -> None:
        body = year_file(year, benchmark, expenditure, score)
        self.write(f"settlements/northfield_PY{year}.yaml", body)

    def glide(self) -> Glide:
        return glide(Workspace(self.root))

    def said(self) -> list[dict[str, Any]]:
        years: list[dict[str, Any]] = self.glide().to_json()["years"]
        return years

    def refused(self) -> list[str]:
        with pytest.raises(InputError) as caught:
            self.glide()
        return [str(it).replace(f"{self.root}/", "") for it in caught.value.problems]


def steps(years: list[dict[str, Any]]) -> list[int | None]:
    return [it["step"] for it in years]
