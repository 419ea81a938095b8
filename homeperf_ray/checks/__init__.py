"""What is judged: pure functions over Arrow tables, a file per domain."""
