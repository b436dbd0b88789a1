"""What may be shown to whom: sensitive rows, consent, agreements on use, the log of what was."""
