"""W&B's offline runs and history exports as runs."""
