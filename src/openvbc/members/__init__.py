"""Money by member and month: who was in which contract, in which month, at which rate."""
