"""The options of each format that ``trackio import`` reads: a module each, with ``add_options`` and ``options``."""
