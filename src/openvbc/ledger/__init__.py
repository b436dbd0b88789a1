"""The ledger: what statements and events come to, in entries that balance and never change."""
