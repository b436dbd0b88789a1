"""Code sets and small-area figures that a user downloads."""
