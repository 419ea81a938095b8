"""Trends as people and machines read them, a file a domain."""
