"""The options of each format that ``trackio export`` writes: a module each, with ``add_options`` and ``options``."""
