"""Reports that people write: Markdown with figures, tables and values of runs, made into pages of the site."""
