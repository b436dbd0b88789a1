"""Who decided what, on which day, with which documents: the minute book and what it allows."""
