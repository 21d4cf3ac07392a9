"""Energy in the report: a page a project, a block a run, charts over energy, and the numbers for programs."""
