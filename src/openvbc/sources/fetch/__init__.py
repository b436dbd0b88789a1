"""Fetching deliveries from servers: the only part of the program that opens connections by itself.

Nothing here runs unless a fetch is asked for. Tokens and signed addresses are never stored, shown
or logged.
"""
