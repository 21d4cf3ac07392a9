"""The rooms of the package and what may know what, as one table that test_layers.py holds the source to.

A module belongs to the room of its longest matching name. A room may import its own modules and those of lower floors,
unless FORBIDDEN says otherwise.
"""

FLOORS: dict[str, int] = {
    # 0: foundation
    "trackio.errors": 0,
    "trackio.records": 0,
    "trackio.settings": 0,
    "trackio.version": 0,
    # 1: pure functions on arrays and text
    "trackio.charts": 1,
    "trackio.filters": 1,
    "trackio.frames": 1,
    "trackio.geometry": 1,
    "trackio.grammar": 1,
    "trackio.lines": 1,
    "trackio.palette": 1,
    "trackio.picture": 1,
    "trackio.scales": 1,
    "trackio.series": 1,
    "trackio.times": 1,
    # 2, 3: the path of the data
    "trackio.journal": 2,
    "trackio.store": 3,
    # 4: the write side and the read side; the store is where they meet
    "trackio.context_vars": 4,
    "trackio.media": 4,
    "trackio.system": 4,
    "trackio.tracking": 4,
    "trackio.api": 4,
    "trackio.drawing": 4,
    "trackio.logged": 4,
    # 5: what is made of runs, and where runs come from
    "trackio.importers": 5,
    "trackio.report": 5,
    # 6: the command line
    "trackio.cli": 6,
    "trackio.__main__": 6,
    # On top: names only
    "trackio": 7,
}

WRITE_SIDE = frozenset({"trackio.context_vars", "trackio.media", "trackio.system", "trackio.tracking"})
READ_SIDE = frozenset({"trackio.api", "trackio.drawing", "trackio.logged"})
OUTLETS = frozenset({"trackio.report"})

FORBIDDEN: frozenset[tuple[str, str]] = frozenset(
    [(reader, writer) for reader in READ_SIDE | OUTLETS for writer in WRITE_SIDE]
    + [(writer, reader) for writer in WRITE_SIDE for reader in READ_SIDE]
    + [("trackio.importers", "trackio.report"), ("trackio.report", "trackio.importers")]
)

HEAVY = ("altair", "gradio", "huggingface_hub", "jinja2", "numpy", "pandas", "pyarrow", "rich", "vl_convert")
"""What `import trackio` and a training loop do without."""
