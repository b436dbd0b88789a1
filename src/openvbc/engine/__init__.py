"""Engines, models and the store: tables by SQL."""
