"""US Core and Synthea: clinical FHIR resources of a bulk export, NDJSON, Bundles or single ones."""
