"""Writing contracts: schemas for editors, new files, differences, the category of a contract."""
