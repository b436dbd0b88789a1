"""Published results, recomputed by the same rules as a contract."""
