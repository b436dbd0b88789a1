"""Several years of one contract: which terms hold in each, and what may be owed or earned."""
