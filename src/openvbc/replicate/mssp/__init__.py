"""The results that CMS publishes for the Medicare Shared Savings Program."""
