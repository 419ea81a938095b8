"""What was measured: the operation, the ledger, the Parquet dataset."""
