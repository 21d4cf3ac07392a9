"""Runs written into a store of MLflow, through its own client."""
