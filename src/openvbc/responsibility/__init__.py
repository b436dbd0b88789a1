"""Who bears the cost of a service: the division of financial responsibility."""
