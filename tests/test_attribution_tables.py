"""Attribution methods of a workspace's own: what is refused before anybody is attributed by it."""

from pathlib import Path

import pytest

from attribution_sample import METHOD, SPAN, STEP
from openvbc.attribution_methods import TABLES, attribution_tables, method_names
from openvbc.errors import InputError
from openvbc.parameters import code_lists


def test_a_method_s_look_back_decides_how_many_years_are_read() -> None:
    """PCF in the first quarter: months 25 to 30 before its end are two years before; and so on."""
    years = {name: it["years_before"] for name, it in method_names(Path("none")).items()}
    # reach: 18 + 24 - 12 months before January, 2.5 years; pcf in Q1: 6 + 24 - 3, 2.25 years
    assert (years["reach"], years["pcf"], years["commercial"], years["payer_list"]) == (3, 3, 1, 0)


def test_what_resolves_to_nothing_is_refused_all_at_once(tmp_path: Path) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    wrong = STEP.replace("office_visit", "ofice_visit").replace("latest\n", "newest\n")
    (own / "attribution_step.csv").write_text(wrong.replace("acme,visits,1", "pcf,plurality,x"))
    with pytest.raises(InputError) as refused:
        attribution_tables(tmp_path)
    place = f"{own}/attribution_step.csv:2"
    assert [str(it) for it in refused.value.problems] == [
        f"{place}: order_3: found 'newest', expected nothing, allowed, visits, latest",
        f"{place}: place: found 'x', expected 1 to 99",
        f"{place}: unknown code_list ofice_visit; did you mean office_visit?",
    ]


def refused(folder: Path, **files: str) -> list[str]:
    """What is said of a workspace's own files, which stand for the sample's by their names."""
    own = folder / "attribution"
    own.mkdir()
    for name, text in ({"method": METHOD, "step": STEP, "span": SPAN} | files).items():
        (own / f"attribution_{name}.csv").write_text(text)
    with pytest.raises(InputError) as found:
        attribution_tables(folder)
    return [str(it).removeprefix(f"{own}/attribution_") for it in found.value.problems]


SPECIALISTS = "list,specialty_code,provider_class,first_day,last_day\nreach,01,primary,,\n"


@pytest.mark.parametrize(
    ("why", "files", "said"),
    [
        (
            "no month is looked at, for the months are those of another step",
            {"span": SPAN.replace("visits", "vists")},
            [
                "span.csv:2: unknown step of acme vists; did you mean visits?",
                (
                    "step.csv:2: step visits of acme compares services of no month; "
                    "expected its months: add attribution_span.csv rows"
                ),
            ],
        ),
        (
            "own months stand for all of a shipped method's, whose other step has none",
            {"span": f"{SPAN}reach,primary_care,1,12,1\n"},
            [
                (
                    "span.csv:3: step specialist of reach compares services of no month; "
                    "expected its months: add attribution_span.csv rows"
                ),
            ],
        ),
        (
            "months that count back from the last are given forwards",
            {"span": SPAN.replace("1,12,1", "12,1,1")},
            [
                (
                    "span.csv:2: months_from,months_to: found 12,1, expected the lower first: "
                    "months count back from the last, which is 1"
                ),
            ],
        ),
        (
            "a period ends before it begins",
            {"method": METHOD.replace("1,12,0", "11,2,0")},
            [
                (
                    "method.csv:2: first_month,last_month: found 11,2, expected the earlier month "
                    "first: a period ends in its own year"
                ),
            ],
        ),
        (
            "a step opens by a share that nobody says",
            {"step": STEP.replace("primary,,,", "primary,at_least,,")},
            [
                (
                    "step.csv:2: step visits of acme: opens is at_least, and the method has no "
                    "share_percent; give it in attribution_method.csv, or leave opens empty"
                ),
            ],
        ),
        (
            "a step counts what is related to no condition",
            {"step": STEP.replace("primary,,,", "primary,,condition,")},
            [
                (
                    "step.csv:2: step visits of acme: related is condition, and the method has no "
                    "condition; give it in attribution_method.csv, or leave related empty"
                ),
            ],
        ),
        (
            "a share is no percentage",
            {"method": METHOD.replace("any,any,,,", "any,any,,0.1,")},
            ["method.csv:2: share_percent: found '0.1', expected nothing, or 1 to 100"],
        ),
        (
            "the list has no specialist",
            {"step": STEP.replace(",primary,,,", ",specialist,,,")},
            [
                (
                    "step.csv:2: step visits of acme: found no specialist in specialty_list "
                    "primary_care, expected one at least; add attribution_specialty.csv rows, or "
                    "change provider_class"
                ),
            ],
        ),
        (
            "an own list takes a shipped method's specialists away",
            {"specialty": SPECIALISTS},
            [
                (
                    "specialty.csv:2: step specialist of reach: found no specialist in "
                    "specialty_list reach, expected one at least; add attribution_specialty.csv "
                    "rows, or change provider_class"
                ),
            ],
        ),
        (
            "a condition is looked for in no month, since a list of the payer needs none",
            {
                "method": METHOD.replace("any,any,,", "any,any,copd,"),
                "step": STEP.replace("service,office_visit,primary_care,primary", "payer_list,,,"),
                "span": SPAN.splitlines()[0],
            },
            [
                (
                    "method.csv:2: condition: acme looks at no month for it; expected its months: "
                    "add attribution_span.csv rows"
                ),
            ],
        ),
        (
            "a diagnosis has a dot, and would begin none",
            {"condition": "condition,code_prefix\nasthma,J45.9\n"},
            [
                (
                    "condition.csv:2: code_prefix: found 'J45.9', expected three or more capitals "
                    "and digits without a dot, such as I50"
                ),
            ],
        ),
    ],
)
def test_a_method_that_could_attribute_nobody_is_refused(
    why: str, files: dict[str, str], said: list[str], tmp_path: Path
) -> None:
    assert refused(tmp_path, **files) == said, why


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"code": "list,code,first_day,last_day\noffice_visit,99213,,,\noffice_visit,9.2,,\n"},
            ["code.csv:2: has another number of cells than the first line; is it cut short?"],
        ),
        (
            {"code": "list,code,first_day,last_day\n\noffice_visit,g0402,,\noffice_visit,,,\n"},
            [
                ("code.csv:3: code: found 'g0402', expected four or five capitals and digits, such "
                "as 99213"),
                "code.csv:4: code: found nothing; say it",
            ],
        ),
        (
            {"code": "list,code,first_day,last_day\nours,99213,1/1/2024,\nours,99214,2025-02-01,"
                     "2025-01-31\n"},
            [
                ("code.csv:2: first_day: found '1/1/2024', expected a day such as 2025-01-31, or "
                "nothing"),
                ("code.csv:3: first_day,last_day: found 2025-02-01,2025-01-31, expected the "
                "earlier day first"),
            ],
        ),
        (
            {"specialty": "list,specialty_code,provider_class,first_day,last_day\n"
                          "ours,8,primary,,\n"},
            [("specialty.csv:2: specialty_code: found '8', expected two or more capitals and "
             "digits, such as 08")],
        ),
        (
            {"span": "method,step,months_to,copy\nacme,visits,12,1\n"},
            ["span.csv:1: lacks the columns months_from; found: method, step, months_to, copy"],
        ),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_told_with_its_line(
    files: dict[str, str], said: list[str], tmp_path: Path
) -> None:
    assert refused(tmp_path, **files) == said


def test_a_step_by_a_list_or_a_choice_looks_at_no_months(tmp_path: Path) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    chosen = "acme,choice,1,designation,,,,,,latest,,\nacme,listed,2,payer_list,,,,,,latest,,\n"
    (own / "attribution_method.csv").write_text(METHOD)
    (own / "attribution_step.csv").write_text(STEP.splitlines()[0] + f"\n{chosen}")
    tables = attribution_tables(tmp_path)
    assert [it["step"] for it in tables["attribution_step"][-2:]] == ["choice", "listed"]


def test_a_code_that_stands_twice_is_refused_for_its_charges_would_count_twice(
    tmp_path: Path,
) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    rows = "mine,99213,,2024-12-31\nmine,99213,2024-06-01,\nmine,99214,,\n"
    (own / "attribution_code.csv").write_text(f"list,code,first_day,last_day\n{rows}")
    with pytest.raises(InputError, match=r"attribution_code\.csv: mine 99213 stands twice"):
        attribution_tables(tmp_path)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"span": f"{SPAN}acme,visits,6,18,1\n"},
            (
                "span.csv: acme visits: months stand twice under copy 1; what counts twice has a "
                "copy of its own"
            ),
        ),
        (
            {
                "step": f"{STEP}acme,again,1,payer_list,,,,,,latest,,\n",
            },
            "step.csv: acme has 2 steps of place 1; give each its own",
        ),
        (
            {"step": STEP.replace("visits,1,", "visits,١,")},
            "step.csv:2: place: found '١', expected 1 to 99",
        ),
    ],
)
def test_months_and_places_are_told_once(files: dict[str, str], said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, **files) == [said]


def test_nothing_that_ships_stands_twice_and_every_name_resolves(tmp_path: Path) -> None:
    """The shipped tables, given as a workspace's own, pass its checks."""
    own = tmp_path / "attribution"
    own.mkdir()
    for name in TABLES:
        (own / f"{name}.csv").write_bytes(code_lists()[name].read_bytes())
    assert attribution_tables(tmp_path) == attribution_tables(Path("none"))


def test_a_condition_may_be_a_grouper_s_category(tmp_path: Path) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    (own / "attribution_condition.csv").write_text(
        "condition,code_prefix\nheart_failure,grouper:elixhauser/HF\n"
    )
    rows = attribution_tables(tmp_path)["attribution_condition"]
    codes = {it["code_prefix"] for it in rows if it["condition"] == "heart_failure"}
    assert "I509" in codes
    assert not any(it.startswith("grouper") for it in codes)
