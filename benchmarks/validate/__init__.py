"""How fast manifests are validated: ``python -m benchmarks.validate``."""
