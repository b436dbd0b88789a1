"""Peers that score the same members: test-only, each absent where it is not installed."""

from importlib import import_module
from typing import Any

from hcc_sample import Member

INFHIR = {
    "cms_hcc_v22_2026": "CMS-HCC Model V22",
    "cms_hcc_v24_2025": "CMS-HCC Model V24",
    "cms_hcc_v28_2026": "CMS-HCC Model V28",
    "esrd_v21_2026": "CMS-HCC ESRD Model V21",
    "esrd_v24_2026": "CMS-HCC ESRD Model V24",
}
"""Pack → the peer's name of the model."""


def infhir_score(it: Member, risk_model: str) -> Any:
    """hccinfhir's result for a member."""
    more: dict[str, Any] = {}
    if "esrd" in risk_model:
        more = {"crec": "2", "graft_months": it.graft_months}
    return import_module("hccinfhir.model_calculate").calculate_raf(
        list(it.codes),
        INFHIR[risk_model],
        it.age,
        "F" if it.sex == "female" else "M",
        it.dual_code,
        it.reason,
        new_enrollee=it.new_enrollee,
        snp=it.special_needs,
        lti=it.institutional,
        **more,
    )


def infhir_codes(it: Member, risk_model: str) -> dict[str, set[str]]:
    """Code → its HCC numbers in hccinfhir's tables, for the member's age and sex."""
    mapping, edits = (
        import_module("hccinfhir.model_dx_to_cc"),
        import_module("hccinfhir.model_edits"),
    )
    tables = import_module("hccinfhir.defaults")
    name, sex = INFHIR[risk_model], "F" if it.sex == "female" else "M"
    found = {}
    for code in it.codes:
        hccs = mapping.apply_mapping([code], name, dx_to_cc_mapping=tables.dx_to_cc_default)
        found[code] = {*edits.apply_edits(hccs, it.age, sex, name, tables.edits_default)}
    zeroed = ZEROED.get(risk_model, set())
    return {code: hccs - zeroed for code, hccs in found.items() if hccs - zeroed}


ZEROED = {"esrd_v21_2026": {"134"}, "esrd_v24_2026": {"134", "135", "136", "137"}}
"""HCCs that the ESRD models take out before anything else."""


ESRD_POPULATIONS = {
    "DI": "DIAL", "DNE": "NE_DIAL", "GI": "GRAFT_INST", "GNE": "NE_GRAFT",
    "GNE4": "NE_GRAFT", "GNE10": "NE_GRAFT", "GC": "GRAFT_COMM",
    "GNPA": "GRAFT_COMM", "GNPN": "GRAFT_COMM", "GFA": "GRAFT_COMM", "GFN": "GRAFT_COMM",
}  # fmt: skip
"""Segment → risk-adjustment-model's name of it."""
OF_NEW = ("NE", "DNE", "GNE", "GNE4", "GNE10")
FULL, PARTIAL = ("02", "04", "08"), ("01", "03", "05", "06")


def restated_score(it: Member, peer: Any, segment: str) -> float:
    """The raw score of a model of risk-adjustment-model."""
    given: dict[str, Any] = {
        "gender": "F" if it.sex == "female" else "M",
        "orec": it.reason,
        "age": it.age,
        "diagnosis_codes": None if segment in OF_NEW else list(it.codes),
        "population": ESRD_POPULATIONS.get(segment, segment),
    }
    full, partial = it.dual_code in FULL, it.dual_code in PARTIAL
    if "ESRDv21" in type(peer).__name__:
        given |= {"mcaid": full or partial, "ne_mcaid": full or partial}
    elif "ESRD" in type(peer).__name__:
        given |= {"fbdual": full, "pbdual": partial, "lti": it.institutional}
    else:
        given |= {"medicaid": full or partial}
    if segment in ESRD_POPULATIONS:
        given["graft_duration_months"] = it.graft_months
    return float(peer.score(**given).score_raw)
