"""Episodes of care: a definition as plain text, and what a build takes from it."""
