"""The shared cache: TTL, byte budget, single flight. Plain classes with an injectable clock."""
