"""Surveys, screenings, activity logs."""
