"""The rooms of the package and what may know what, as one table that test_layers.py holds the source to.

A module belongs to the room of its longest matching name. A room may import its own modules and those of lower floors,
unless FORBIDDEN says otherwise.
"""

FLOORS: dict[str, int] = {
    # 0: foundation
    "trackio.children": 0,
    "trackio.errors": 0,
    "trackio.messages": 0,
    "trackio.records": 0,
    "trackio.settings": 0,
    "trackio.version": 0,
    # 1: pure functions on arrays and text
    "trackio.addresses": 1,
    "trackio.charts": 1,
    "trackio.cards": 1,
    "trackio.definitions": 1,
    "trackio.energy": 1,
    "trackio.filters": 1,
    "trackio.frames": 1,
    "trackio.flagmarks": 1,
    "trackio.flags": 1,
    "trackio.geometry": 1,
    "trackio.grammar": 1,
    "trackio.harmless": 1,
    "trackio.lines": 1,
    "trackio.markup": 1,
    "trackio.numerals": 1,
    "trackio.palette": 1,
    "trackio.picture": 1,
    "trackio.privacy": 1,
    "trackio.references": 1,
    "trackio.scales": 1,
    "trackio.series": 1,
    "trackio.telling": 1,
    "trackio.tfrecords": 1,
    "trackio.times": 1,
    # 2, 3: the path of the data
    "trackio.journal": 2,
    "trackio.connections": 2,
    "trackio.deadlines": 2,
    "trackio.transport": 2,
    "trackio.store": 3,
    # 4: values that are more than a number; they know the store and no run
    "trackio.media": 4,
    "trackio.plot": 4,
    "trackio.data_types": 4,
    # 5: versioned files, which both sides speak of; what leaves a run on its way elsewhere
    "trackio.alerts": 5,
    "trackio.artifacts": 5,
    "trackio.remote": 5,
    # 6: the write side and the read side; the store is where they meet
    "trackio.context_vars": 6,
    "trackio.sweeps": 6,
    "trackio.system": 6,
    "trackio.tracking": 6,
    "trackio.api": 6,
    "trackio.consumption": 6,
    "trackio.drawing": 6,
    "trackio.editable": 6,
    "trackio.logged": 6,
    "trackio.logged_energy": 6,
    "trackio.logged_files": 6,
    "trackio.logged_names": 6,
    "trackio.logged_sweeps": 6,
    "trackio.sqlite_storage": 6,
    "trackio.helper": 6,
    "trackio.sdk": 6,
    "trackio.util": 6,
    # 7: what is made of runs, where runs come from, and where they go
    "trackio.documents": 7,
    "trackio.exporters": 7,
    "trackio.importers": 7,
    "trackio.live": 7,
    "trackio.report": 7,
    # 8: reports go to the Hub; runs are sent to a server and read there; runs are held to rules
    "trackio.ci": 8,
    "trackio.publish": 8,
    "trackio.server": 8,
    # 9: the write side's runs, shown to others; pages that are made as they are asked for
    "trackio.dashboard": 9,
    "trackio.sharing": 9,
    "trackio.showing": 9,
    "trackio.bringing": 9,
    "trackio.carding": 9,
    # 9: what a server holds goes to the Hub as well
    "trackio.backup": 9,
    # 10: the command line; the server and its dashboard as a Space runs them
    "trackio.hosting": 10,
    "trackio.cli": 10,
    "trackio.__main__": 10,
    # 11: names only
    "trackio": 11,
    # 12: on the package as anybody uses it
    "trackio.integrations": 12,
}

WRITE_SIDE = frozenset({"trackio.context_vars", "trackio.sweeps", "trackio.system", "trackio.tracking"})
READ_SIDE = frozenset(
    f"trackio.{name}"
    for name in (
        "api",
        "consumption",
        "drawing",
        "editable",
        "logged",
        "logged_energy",
        "logged_files",
        "logged_names",
        "logged_sweeps",
        "sqlite_storage",
    )
)
OUTLETS = frozenset(
    f"trackio.{name}" for name in ("ci", "dashboard", "documents", "exporters", "live", "publish", "report", "server")
)

FORBIDDEN: frozenset[tuple[str, str]] = frozenset(
    [(reader, writer) for reader in READ_SIDE | OUTLETS for writer in WRITE_SIDE]
    + [(writer, reader) for writer in WRITE_SIDE for reader in READ_SIDE]
    + [("trackio.importers", "trackio.report"), ("trackio.report", "trackio.importers")]
)

HEAVY = (
    "altair",
    "fastapi",
    "gradio",
    "huggingface_hub",
    "jinja2",
    "numpy",
    "pandas",
    "pyarrow",
    "rich",
    "urllib3",
    "vl_convert",
)
"""What `import trackio` and a training loop do without."""
