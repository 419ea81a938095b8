"""The configuration: what its file may hold, and what holds where option, environment, profile and file disagree."""
