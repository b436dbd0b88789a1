"""Sharing what an entity earned or owes among those who did the work, to the cent."""
