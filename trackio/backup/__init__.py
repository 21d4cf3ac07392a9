"""What a server holds, kept elsewhere as Parquet while it runs, and brought back to an empty disk."""
