"""A synthetic population made by set-based SQL."""
