"""Whole commands, interleaved and measured from outside."""
