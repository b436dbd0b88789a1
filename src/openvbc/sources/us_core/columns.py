"""The fields that are read of each type of resource (FHIR R4, US Core), with their types.

A field that is not here is not read; the original keeps it. Fields that are JSON nest without
end and are taken apart by the landing SELECTs.
"""

from collections.abc import Mapping
from typing import Final

from openvbc.sources.fhir_columns import JSON, TEXT, Fields

NUMBER: Final = "DECIMAL(18,6)"
"""Values of observations and quantities; a seventh decimal is rounded, half away from zero."""

_CODING: Final[Fields] = {"system": TEXT, "code": TEXT}
_CONCEPT: Final[Fields] = {"coding": (_CODING,)}
_PERIOD: Final[Fields] = {"start": TEXT, "end": TEXT}
_IDENTIFIER: Final[Fields] = {"system": TEXT, "value": TEXT}
_REFERENCE: Final[Fields] = {"reference": TEXT, "identifier": _IDENTIFIER}
_QUANTITY: Final[Fields] = {"value": NUMBER, "comparator": TEXT, "unit": TEXT, "code": TEXT}
_ACTOR: Final[Fields] = {"function": _CONCEPT, "actor": _REFERENCE}
_NAME: Final[Fields] = {"family": TEXT, "given": (TEXT,), "text": TEXT, "use": TEXT}

_ANY: Final[Fields] = {
    "resourceType": TEXT,
    "id": TEXT,
    "meta": {"lastUpdated": TEXT, "security": (_CODING,)},
}
"""What every resource has."""

_VALUE: Final[Fields] = {
    "valueQuantity": _QUANTITY,
    "valueInteger": NUMBER,
    "valueCodeableConcept": {**_CONCEPT, "text": TEXT},
    "valueBoolean": TEXT,
    "valueString": TEXT,
    "valueDateTime": TEXT,
    "valueTime": TEXT,
    "valueRatio": {"numerator": {"value": TEXT}, "denominator": {"value": TEXT}},
}
_CONTAINED: Final[Fields] = {"resourceType": TEXT, "id": TEXT, "code": _CONCEPT}
_SUPPLY: Final[Fields] = {"value": NUMBER, "unit": TEXT, "code": TEXT}
_MEDICATION: Final[Fields] = {
    "contained": (_CONTAINED,),
    "status": TEXT,
    "medicationCodeableConcept": _CONCEPT,
    "medicationReference": _REFERENCE,
    "subject": _REFERENCE,
}
_RACE: Final[Fields] = {"url": TEXT, "valueString": TEXT, "valueCoding": _CODING}

COLUMNS: Final[Mapping[str, Fields]] = {
    "Patient": {
        **_ANY,
        "extension": ({"url": TEXT, "extension": (_RACE,)},),
        "identifier": ({**_IDENTIFIER, "type": _CONCEPT, "period": _PERIOD},),
        "gender": TEXT,
        "birthDate": TEXT,
        "deceasedDateTime": TEXT,
        "name": ({**_NAME, "period": _PERIOD},),
        "telecom": ({"system": TEXT, "value": TEXT, "use": TEXT, "period": _PERIOD},),
        "address": (
            {
                "use": TEXT,
                "state": TEXT,
                "postalCode": TEXT,
                "country": TEXT,
                "period": _PERIOD,
            },
        ),
    },
    "Encounter": {
        **_ANY,
        "status": TEXT,
        "class": _CODING,
        "type": (_CONCEPT,),
        "subject": _REFERENCE,
        "participant": ({"type": (_CONCEPT,), "individual": _REFERENCE},),
        "period": _PERIOD,
        "reasonCode": (_CONCEPT,),
        "diagnosis": ({"condition": _REFERENCE, "use": _CONCEPT, "rank": "INTEGER"},),
        "hospitalization": {"admitSource": _CONCEPT, "dischargeDisposition": _CONCEPT},
        "location": ({"location": _REFERENCE},),
        "serviceProvider": _REFERENCE,
    },
    "Condition": {
        **_ANY,
        "clinicalStatus": _CONCEPT,
        "verificationStatus": _CONCEPT,
        "category": (_CONCEPT,),
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "encounter": _REFERENCE,
        "onsetDateTime": TEXT,
        "onsetPeriod": _PERIOD,
        "abatementDateTime": TEXT,
        "abatementPeriod": _PERIOD,
        "recordedDate": TEXT,
    },
    "Observation": {
        **_ANY,
        "status": TEXT,
        "category": (_CONCEPT,),
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "encounter": _REFERENCE,
        "effectiveDateTime": TEXT,
        "effectivePeriod": _PERIOD,
        "effectiveInstant": TEXT,
        "performer": (_REFERENCE,),
        **_VALUE,
        "component": ({"code": _CONCEPT, **_VALUE},),
    },
    "Immunization": {
        **_ANY,
        "status": TEXT,
        "statusReason": _CONCEPT,
        "vaccineCode": _CONCEPT,
        "patient": _REFERENCE,
        "encounter": _REFERENCE,
        "occurrenceDateTime": TEXT,
        "performer": (_ACTOR,),
    },
    "MedicationRequest": {
        **_ANY,
        **_MEDICATION,
        "intent": TEXT,
        "doNotPerform": TEXT,
        "reportedBoolean": TEXT,
        "encounter": _REFERENCE,
        "authoredOn": TEXT,
        "requester": _REFERENCE,
        "dispenseRequest": {
            "validityPeriod": _PERIOD,
            "quantity": _SUPPLY,
            "expectedSupplyDuration": _SUPPLY,
        },
    },
    "MedicationDispense": {
        **_ANY,
        **_MEDICATION,
        "context": _REFERENCE,
        "performer": (_ACTOR,),
        "quantity": _SUPPLY,
        "daysSupply": _SUPPLY,
        "whenPrepared": TEXT,
        "whenHandedOver": TEXT,
    },
    "MedicationAdministration": {
        **_ANY,
        **_MEDICATION,
        "context": _REFERENCE,
        "performer": (_ACTOR,),
        "effectiveDateTime": TEXT,
        "effectivePeriod": _PERIOD,
    },
    "MedicationStatement": {
        **_ANY,
        **_MEDICATION,
        "context": _REFERENCE,
        "effectiveDateTime": TEXT,
        "effectivePeriod": _PERIOD,
        "dateAsserted": TEXT,
    },
    "Medication": {**_ANY, "code": _CONCEPT},
    "Procedure": {
        **_ANY,
        "status": TEXT,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "encounter": _REFERENCE,
        "performedDateTime": TEXT,
        "performedPeriod": _PERIOD,
        "performer": (_ACTOR,),
    },
    "ServiceRequest": {
        **_ANY,
        "status": TEXT,
        "doNotPerform": TEXT,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "encounter": _REFERENCE,
        "occurrenceDateTime": TEXT,
        "occurrencePeriod": _PERIOD,
        "authoredOn": TEXT,
        "requester": _REFERENCE,
    },
    "DiagnosticReport": {
        **_ANY,
        "status": TEXT,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "encounter": _REFERENCE,
        "effectiveDateTime": TEXT,
        "effectivePeriod": _PERIOD,
        "issued": TEXT,
        "performer": (_REFERENCE,),
    },
    "QuestionnaireResponse": {
        **_ANY,
        "language": TEXT,
        "questionnaire": TEXT,
        "status": TEXT,
        "subject": _REFERENCE,
        "authored": TEXT,
        "author": _REFERENCE,
        "item": JSON,
    },
    "Questionnaire": {**_ANY, "url": TEXT, "code": (_CODING,), "item": JSON},
    "Practitioner": {**_ANY, "identifier": (_IDENTIFIER,), "name": (_NAME,)},
    "PractitionerRole": {
        **_ANY,
        "identifier": (_IDENTIFIER,),
        "practitioner": _REFERENCE,
        "organization": _REFERENCE,
        "specialty": (_CONCEPT,),
    },
    "Organization": {
        **_ANY,
        "identifier": (_IDENTIFIER,),
        "type": (_CONCEPT,),
        "name": TEXT,
    },
    "Location": {
        **_ANY,
        "identifier": (_IDENTIFIER,),
        "name": TEXT,
        "managingOrganization": _REFERENCE,
    },
}
"""Type of resource → its fields."""

OTHER: Final[Fields] = {"resourceType": TEXT, "id": TEXT}
"""What is read of any other resource, to say that it was there."""
