"""The statement as a page: complete, self-contained, escaped, readable aloud and on paper."""

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

import openvbc.contract
from openvbc.contract.render_html import render_html
from openvbc.errors import Problem
from statement_sample import changed, fact, sample


class Page(HTMLParser):
    """What a browser would see: tags with attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, name: str) -> list[str]:
        return [value for _, found in self.tags if (value := found.get(name))]


def test_the_page_holds_every_line_and_every_link_leads_somewhere() -> None:
    page = Page(render_html(sample()))
    assert page.open == []
    identities = page.attributes("id")
    assert len(identities) == len(set(identities))
    assert {it["path"] for it in sample()["lines"]} <= set(identities)
    cells = {it["id"] for it in sample()["lines"] if it["at"]["stratum"]}
    assert cells <= set(identities)
    targets = {unquote(link.removeprefix("#")) for link in page.attributes("href")}
    assert targets <= set(identities)
    for said in ("42 CFR 425.605", "* (1 - sequestration_rate )", "1,022"):
        assert said in page.text


def test_the_page_fetches_nothing_and_its_policy_forbids_it() -> None:
    html = render_html(sample())
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form", "input"}
    assert not page.attributes("src") + page.attributes("style")
    assert all(link.startswith("#") for link in page.attributes("href"))
    policy = next(it for it in page.attributes("content") if it.startswith("default-src"))
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    )
    assert "@import" not in style.group(1)
    assert "url(" not in style.group(1).replace("url(#hatch)", "")


def test_cells_of_one_table_are_cited_once_with_the_persons_behind_each() -> None:
    text = Page(render_html(sample())).text
    assert text.count("table expenditure_cell, column counted_cents, where contract_id") == 2
    assert "lakeside and each cell's own period_id and enrolment_type" in text
    assert "Persons behind each value of counted expenditure" in text
    assert "fact, settlements/lakeside_PY2025.yaml:14, CMS report, received 2026-07-15" in text


def test_differing_sources_of_one_quantity_are_listed_with_their_cells() -> None:
    document = sample()
    cells = [it for it in document["lines"] if it["path"] == "mssp_benchmark/updated"]
    cells[0]["source"] = fact(99)
    text = Page(render_html(document)).text
    assert "2 entries performance (2025), ESRD fact, settlements/lakeside_PY2025.yaml:99" in text
    assert "performance (2025), disabled; performance (2025), aged dual" in text


def test_the_digits_that_a_page_does_not_show_are_given_exactly() -> None:
    document = changed("mssp_settlement/shared_savings", value="1800000.004")
    assert "Exactly 1800000.004" in Page(render_html(document)).text
    assert "Exactly" not in Page(render_html(sample())).text


def test_text_from_the_document_is_never_markup() -> None:
    document = sample()
    evil = "<script>alert(1)</script>"
    document["title"] = evil
    document["payer"]["name"] = evil
    for name in ("says", "cite", "formula"):
        document["lines"][0][name] = evil
    html = render_html(document, problems=[Problem(evil, "wrong")])
    assert "<script" not in html
    assert evil in Page(html).text


def test_the_page_can_be_read_aloud() -> None:
    page = Page(render_html(sample(), problems=[Problem("x:1", "missing")]))
    tags = [tag for tag, _ in page.tags]
    assert dict(page.tags)["html"]["lang"] == "en"
    assert [tags.count(it) for it in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tags.count("caption") == tags.count("table")
    assert all("scope" in found for tag, found in page.tags if tag == "th")
    drawn = next(found for tag, found in page.tags if tag == "svg")
    assert drawn["role"] == "img"
    assert set((drawn["aria-labelledby"] or "").split()) <= set(page.attributes("id"))
    assert "savings or losses $2,400,000.00" in page.text


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return sum(weight * it for weight, it in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "paper"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    """WCAG 2 AA: (lighter + 0.05) ÷ (darker + 0.05) is at least 4.5."""
    css = (Path(openvbc.contract.__file__).parent / "statement.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[scheme]
    colours = {
        name: "#" + "".join(digit * (2 if len(code) == 3 else 1) for digit in code)
        for name, code in re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", block)
    }
    for ink in ("ink", "soft", "accent", "below", "warn"):
        for ground in ("paper", "accent-soft"):
            if ground == "paper" or ink in {"ink", "soft"}:
                low, high = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def opened(html: str, folder: Path) -> tuple[str, list[str]]:
    """The page as a browser holds it after opening it from disk, and what it complains of."""
    page = folder / "statement.html"
    page.write_text(html, encoding="utf-8")
    options = [*QUIET, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr"]
    done = subprocess.run(
        [str(BROWSER), *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return done.stdout, [row for row in done.stderr.splitlines() if "CONSOLE" in row]


@pytest.mark.skipif(BROWSER is None, reason="no chromium found to open the page in")
def test_a_browser_opens_the_page_from_disk_and_asks_for_nothing_else(tmp_path: Path) -> None:
    """The page passes its own policy, which allows no request; a picture put into it does not."""
    html = render_html(sample())
    content, complaints = opened(html, tmp_path)
    headings = re.findall(r"<h[12][^>]*>([^<]+)<", content)
    assert headings[0] == "Lakeside ACO, Shared Savings Program, ENHANCED track"
    assert "How each amount came about" in headings
    assert complaints == []
    picture = '<img src="https://openvbc.invalid/x.png" alt="">'
    _, complaints = opened(html.replace("<header>", f"<header>{picture}"), tmp_path)
    assert "https://openvbc.invalid/x.png" in "".join(complaints)
