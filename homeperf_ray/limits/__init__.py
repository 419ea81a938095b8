"""The request budget: plain classes with an injectable clock."""
