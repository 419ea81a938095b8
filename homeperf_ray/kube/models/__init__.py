"""Typed models of API objects: only the fields that a column is made of; msgspec skips all others."""
