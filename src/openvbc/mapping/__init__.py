"""Mappings: how a flat file of any payer's or provider's own shape becomes canonical rows."""
