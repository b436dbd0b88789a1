"""Rosters, NPPES."""
