"""What the cells of a pack's tables look like: else a code matches nothing, a number is none."""

from collections.abc import Mapping
from typing import Final

from openvbc.groupers.cells import CODE

Form = tuple[str, str]

NAME: Final[Form] = (".+", "a name")
WHOLE: Final[Form] = ("[0-9]{1,3}", "a whole number")
ANY_WHOLE: Final[Form] = ("|[0-9]{1,3}", "a whole number, or nothing")
FLAG: Final[Form] = ("|(?i:true|false)", "true, false or nothing")


def _words(*kinds: str) -> Form:
    one = "|".join(kinds)
    return f"|({one})( ({one}))*", f"{', '.join(kinds)} with spaces between, or nothing"


def _one_of(*words: str) -> Form:
    return "|".join(words), " or ".join(word or "nothing" for word in words)


FORMS: Final[Mapping[tuple[str, str], Form]] = {
    ("code", "code"): CODE,
    ("code", "hcc"): NAME,
    ("code", "sex"): _one_of("", "male", "female"),
    ("code", "age_from"): ANY_WHOLE,
    ("code", "age_to"): ANY_WHOLE,
    ("drug", "code_type"): _one_of("ndc", "hcpcs"),
    ("drug", "code"): CODE,
    ("drug", "hcc"): NAME,
    ("drug", "age_from"): ANY_WHOLE,
    ("drug", "age_to"): ANY_WHOLE,
    ("hierarchy", "hcc"): NAME,
    ("requirement", "hcc"): NAME,
    ("interaction", "variable"): NAME,
    ("interaction", "clauses"): WHOLE,
    ("interaction", "clause"): WHOLE,
    ("count", "variable"): NAME,
    ("count", "count_from"): WHOLE,
    ("count", "count_to"): ANY_WHOLE,
    ("condition", "kind"): _one_of("segment", "flag", "factor", "group"),
    ("condition", "variable"): NAME,
    ("condition", "sex"): _one_of("", "male", "female"),
    ("condition", "age_from"): ANY_WHOLE,
    ("condition", "age_to"): ANY_WHOLE,
    ("condition", "original_reasons"): _words("0", "1", "2", "3"),
    ("condition", "duals"): _words("none", "partial", "full"),
    ("condition", "institutional"): FLAG,
    ("condition", "new_enrollee"): FLAG,
    ("condition", "special_needs"): FLAG,
    ("condition", "low_income"): FLAG,
    ("condition", "treatment"): _words("none", "dialysis", "graft"),
    ("condition", "graft_from"): ANY_WHOLE,
    ("condition", "graft_to"): ANY_WHOLE,
    ("condition", "metal_level"): _one_of(
        "", "platinum", "gold", "silver", "bronze", "catastrophic"
    ),
    ("condition", "days_from"): ANY_WHOLE,
    ("condition", "days_to"): ANY_WHOLE,
    ("factor", "factor_e9"): (
        "-?[0-9]{1,12}",
        "a whole number: the factor times a thousand million",
    ),
}
"""Table and column → the pattern of its cells, and what is expected where one has another form."""
