"""Who came and went between two periods, and what a practice's coming or going would change."""
