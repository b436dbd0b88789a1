"""The fields that are read of ExplanationOfBenefit, Coverage and Patient, with their types.

One list serves v3 and v2 (FHIR R4) and the older names that v1 (STU3) has for the same things, so
that a file may hold any of them. A field that is not here is not read; the original keeps it. Text
takes every scalar, since a code may come as a number.
"""

from typing import Final

from openvbc.sources.fhir_columns import COUNT, JSON, TEXT, Fields

NUMBER: Final = "DECIMAL(18,4)"
"""Dollars and quantities: four decimals show an amount that is no whole cent."""

_CODING: Final[Fields] = {"system": TEXT, "code": TEXT}
_CONCEPT: Final[Fields] = {"coding": (_CODING,)}
_NAMED: Final[Fields] = {"coding": ({"code": TEXT},)}
"""A concept whose codes are names of one system only, CMS's or CARIN's."""

_PERIOD: Final[Fields] = {"start": TEXT, "end": TEXT}
_AMOUNT: Final[Fields] = {"value": NUMBER}
_REFERENCE: Final[Fields] = {
    "reference": TEXT,
    "identifier": {"system": TEXT, "value": TEXT, "type": _CONCEPT},
}
_EXTENSION: Final[Fields] = {
    "url": TEXT,
    "valueCoding": _CODING,
    "valueIdentifier": {"value": TEXT},
    "valueMoney": _AMOUNT,
    "valueQuantity": _AMOUNT,
    "valueDate": TEXT,
    "valueCode": TEXT,
    "valueString": TEXT,
}
_IDENTIFIER: Final[Fields] = {
    "system": TEXT,
    "value": TEXT,
    "type": {
        "coding": (
            {
                **_CODING,
                "extension": ({"url": TEXT, "valueCoding": _CODING},),
            },
        )
    },
    "period": _PERIOD,
}
_ADJUDICATION: Final[Fields] = {"category": _NAMED, "amount": _AMOUNT}
_INFORMATION: Final[Fields] = {
    "category": _NAMED,
    "code": _CONCEPT,
    "timingDate": TEXT,
    "timingPeriod": _PERIOD,
    "valueQuantity": _AMOUNT,
}
_ITEM: Final[Fields] = {
    "sequence": COUNT,
    "careTeamSequence": (COUNT,),
    "careTeamLinkId": (COUNT,),
    "extension": (_EXTENSION,),
    "revenue": _CONCEPT,
    "productOrService": _CONCEPT,
    "service": _CONCEPT,
    "modifier": (_CONCEPT,),
    "servicedDate": TEXT,
    "servicedPeriod": _PERIOD,
    "locationCodeableConcept": _CONCEPT,
    "quantity": {"value": NUMBER, "extension": (_EXTENSION,)},
    "adjudication": (_ADJUDICATION,),
    "detail": ({"productOrService": _CONCEPT, "quantity": _AMOUNT},),
}
_CONTAINED: Final[Fields] = {
    "resourceType": TEXT,
    "id": TEXT,
    "identifier": ({"system": TEXT, "value": TEXT, "type": _CONCEPT},),
    "name": JSON,
}

COLUMNS: Final[Fields] = {
    "resourceType": TEXT,
    "id": TEXT,
    "meta": {"lastUpdated": TEXT, "tag": (_CODING,), "security": (_CODING,)},
    "status": TEXT,
    "type": _CONCEPT,
    "identifier": (_IDENTIFIER,),
    # a race stands in an extension of an extension
    "extension": (
        {**_EXTENSION, "extension": ({"url": TEXT, "valueCoding": _CODING, "valueString": TEXT},)},
    ),
    # ExplanationOfBenefit
    "use": TEXT,
    "patient": {"reference": TEXT},
    "billablePeriod": _PERIOD,
    "created": TEXT,
    "provider": _REFERENCE,
    "facility": {**_REFERENCE, "extension": (_EXTENSION,)},
    "contained": (_CONTAINED,),
    "related": ({"claim": _REFERENCE, "reference": {"value": TEXT}, "relationship": _NAMED},),
    "disposition": TEXT,
    "payment": {"date": TEXT, "amount": _AMOUNT},
    "hospitalization": _PERIOD,
    "careTeam": (
        {
            "sequence": COUNT,
            "provider": _REFERENCE,
            "role": _NAMED,
            "qualification": _CONCEPT,
        },
    ),
    "supportingInfo": (_INFORMATION,),
    "information": (_INFORMATION,),
    "diagnosis": (
        {
            "sequence": COUNT,
            "diagnosisCodeableConcept": _CONCEPT,
            "type": (_NAMED,),
            "onAdmission": _CONCEPT,
            "extension": ({"url": TEXT, "valueCoding": _CODING},),
        },
    ),
    "procedure": ({"sequence": COUNT, "procedureCodeableConcept": _CONCEPT, "date": TEXT},),
    "item": (_ITEM,),
    "adjudication": (_ADJUDICATION,),
    # Coverage
    "beneficiary": {"reference": TEXT},
    "subscriberId": TEXT,
    "period": _PERIOD,
    "class": ({"type": _CONCEPT, "value": TEXT},),
    "grouping": {"subPlan": TEXT},
    # Patient
    "gender": TEXT,
    "birthDate": TEXT,
    "deceasedDateTime": TEXT,
    "name": JSON,  # an organization's, beside the claims, is a text
    "address": ({"state": TEXT, "postalCode": TEXT},),
}
