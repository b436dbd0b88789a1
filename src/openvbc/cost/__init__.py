"""Cost of care: totals, trend, primary care, market, panels and stays of an analysis."""
