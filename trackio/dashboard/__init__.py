"""Pages that are made as they are asked for: the live twin of the generated site, at the same addresses."""
