"""Groupers: diagnosis codes to comorbidities, conditions and categories, as dated tables."""
