"""The results that CMS publishes for Hospital Value-Based Purchasing."""
