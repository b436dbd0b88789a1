"""What the engine costs: a population made for measuring, and each stage against a bare scan."""
