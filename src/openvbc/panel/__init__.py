"""Panels of practices and clinicians: continuity, access, leakage and changes."""
