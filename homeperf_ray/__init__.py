"""homeperf judges a Kubernetes homelab fast, and remembers how fast."""

__version__ = "0.1.0"
