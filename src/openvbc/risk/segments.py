"""The segments of the public models: who is scored with which column of relative factors.

Keys are the columns of CMS's relative-factor tables; values are the segment's short name and its
condition (CMS, Rate Announcements, attachments on the CMS-HCC, ESRD and RxHCC models).
"""

from collections.abc import Mapping
from typing import Final

from openvbc.risk.demographics import AGED, FULL, LAST_NONAGED, NONE, NOT_FULL, PARTIAL

Cells = Mapping[str, str]

_OLD: Final[Cells] = {"age_from": AGED}
_YOUNG: Final[Cells] = {"age_to": LAST_NONAGED}
_HOME: Final[Cells] = {"institutional": "false", "new_enrollee": "false"}

COMMUNITY: Final[Mapping[str, tuple[str, Cells]]] = {
    "COMMUNITY_NA": ("CNA", {**_HOME, **_OLD, "duals": NONE}),
    "COMMUNITY_PBA": ("CPA", {**_HOME, **_OLD, "duals": PARTIAL}),
    "COMMUNITY_FBA": ("CFA", {**_HOME, **_OLD, "duals": FULL}),
    "COMMUNITY_ND": ("CND", {**_HOME, **_YOUNG, "duals": NONE}),
    "COMMUNITY_PBD": ("CPD", {**_HOME, **_YOUNG, "duals": PARTIAL}),
    "COMMUNITY_FBD": ("CFD", {**_HOME, **_YOUNG, "duals": FULL}),
    "INSTITUTIONAL": ("INS", {"institutional": "true", "new_enrollee": "false"}),
    "NE": ("NE", {"new_enrollee": "true", "special_needs": "false"}),
    "NE_SNP": ("SNPNE", {"new_enrollee": "true", "special_needs": "true"}),
}
"""CMS-HCC V22, V24, V28. A new enrollee is one wherever they live."""

_DIALYSIS: Final[Cells] = {"treatment": "dialysis"}
_GRAFT: Final[Cells] = {"treatment": "graft", "graft_from": "4"}
_GRAFT_HOME: Final[Cells] = {**_GRAFT, **_HOME}

_GRAFT_NEW: Final[Cells] = {**_GRAFT, "new_enrollee": "true", "institutional": "false"}

ESRD: Final[Mapping[str, tuple[str, Cells]]] = {
    "DIAL": ("DI", {**_DIALYSIS, "new_enrollee": "false"}),
    "DIAL_NE": ("DNE", {**_DIALYSIS, "new_enrollee": "true"}),
    "GRAFT_COMM": ("GC", _GRAFT_HOME),
    "G_COMM_ND_PBD_GE65": ("GNPA", {**_GRAFT_HOME, **_OLD, "duals": NOT_FULL}),
    "G_COMM_ND_PBD_LT65": ("GNPN", {**_GRAFT_HOME, **_YOUNG, "duals": NOT_FULL}),
    "G_COMM_FBD_GE65": ("GFA", {**_GRAFT_HOME, **_OLD, "duals": FULL}),
    "G_COMM_FBD_LT65": ("GFN", {**_GRAFT_HOME, **_YOUNG, "duals": FULL}),
    "GRAFT_INST": ("GI", {**_GRAFT, "institutional": "true"}),
    "GRAFT_NE": ("GNE", _GRAFT_NEW),
    "GRAFT_NE_4_9": ("GNE4", {**_GRAFT_NEW, "graft_to": "9"}),
    "GRAFT_NE_10": ("GNE10", {**_GRAFT_NEW, "graft_from": "10"}),
    "TRANSPLANT": ("TRANSPLANT", {"treatment": "graft", "graft_from": "1", "graft_to": "3"}),
}
"""CMS-HCC ESRD V21 and V24: dialysis, kidney transplant (three months), functioning graft."""

_POOR: Final[Cells] = {"low_income": "true"}
_NOT_POOR: Final[Cells] = {"low_income": "false"}
_NEW: Final[Cells] = {"new_enrollee": "true", "institutional": "false"}

RXHCC: Final[Mapping[str, tuple[str, Cells]]] = {
    "CE_NonLow_Aged": ("CE_NoLowAged", {**_HOME, **_NOT_POOR, **_OLD}),
    "CE_NonLow_NonAged": ("CE_NoLowNoAged", {**_HOME, **_NOT_POOR, **_YOUNG}),
    "CE_Low_Aged": ("CE_LowAged", {**_HOME, **_POOR, **_OLD}),
    "CE_Low_NonAged": ("CE_LowNoAged", {**_HOME, **_POOR, **_YOUNG}),
    "CE_LTI": ("CE_LTI", {"institutional": "true", "new_enrollee": "false"}),
    "NE_NonLow_Community": ("NE_NoLo", {**_NEW, **_NOT_POOR}),
    "NE_Low_Community": ("NE_Lo", {**_NEW, **_POOR}),
    "NE_LTI": ("NE_LTI", {"institutional": "true", "new_enrollee": "true"}),
}
"""RxHCC V05 and V08: low-income subsidy, age and long-term institutional status."""

SEGMENTS: Final[Mapping[str, Mapping[str, tuple[str, Cells]]]] = {
    "CMS-HCC": COMMUNITY,
    "CMS-HCC ESRD": ESRD,
    "RxHCC": RXHCC,
}
"""Family → its segments."""
