"""Runs as W&B's offline runs."""
