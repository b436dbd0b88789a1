"""CMS's Claim and Claim Line Feed, files 0 to 9, A and B, and the opt-out file beside it."""
