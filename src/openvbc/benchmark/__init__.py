"""Benchmarks' inputs from public files: what a region spends, county by county."""
