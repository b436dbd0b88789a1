"""Why a number is what it is, a person is in or out, and a claim counts or not."""
