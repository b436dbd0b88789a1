"""Risk adjustment: versioned table packs, their import, and what a build takes from them."""
