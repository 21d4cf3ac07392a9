"""The store: what was journaled, folded into one SQLite database a project and sealed as Parquet a run."""
