"""The driver: one click command a file; nothing heavy is imported until it must be."""
