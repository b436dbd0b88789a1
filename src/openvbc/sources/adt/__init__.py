"""HL7 v2 ADT messages: admissions, transfers and discharges, into encounters."""
