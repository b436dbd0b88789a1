"""The twin run: two statements of one contract and period, and why they differ, to the cent."""
