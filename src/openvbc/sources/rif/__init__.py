"""CCW claims and beneficiary files."""
