"""What came from whom and when, whether it can be trusted, and how complete it is."""
