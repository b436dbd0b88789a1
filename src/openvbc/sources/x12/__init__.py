"""X12 health-care files: 837 claims, 835 remittances, 834 enrolment, 820 premiums."""
