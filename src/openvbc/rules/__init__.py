"""Rules: one file per payment family, in the order of the legal text."""
