"""BCDA and Blue Button: ExplanationOfBenefit, Coverage and Patient of FHIR, NDJSON or JSON."""
