"""Validation of a tree of manifests: what is read, who judges it, what becomes of it."""
