"""Consolidated CDA documents: problems, results, medications, visits of one patient each."""
