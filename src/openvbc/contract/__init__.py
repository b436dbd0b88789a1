"""Contracts, settlements and statements: dollars by rules."""
