"""Sources: files as they came, turned into canonical tables once, with what was wrong set aside."""
