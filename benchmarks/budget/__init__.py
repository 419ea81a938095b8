"""What the request budget promises, measured on real servers."""
