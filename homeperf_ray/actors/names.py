"""What the actors of a runtime are called."""

NAMESPACE = "homeperf"
CACHE = "cache"
LIMITER = "limiter"


def worker_name(number: int | str) -> str:
    """``worker-0``, ``worker-1`` ..."""
    return f"worker-{number}"
