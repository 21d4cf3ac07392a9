"""The card of a dataset that holds a backup: what lies where, and how others read it."""

from __future__ import annotations

from trackio.backup.manifest import FOLDER, Manifest

MARK = "<!-- written by trackio -->"
"""Where this line stands, the card is ours to write anew."""

UNREADABLE = frozenset({"sqlite_sequence", "meta", "journal_schemas", "tickets", "journals"})
"""Tables that are of use to trackio alone."""


def text(manifest: Manifest) -> bytes:
    """The card; it changes only with the tables that there are."""
    tables = sorted({part.partition("/")[0] for kept in manifest.projects.values() for part in kept.tables})
    shown = sorted((table for table in tables if table not in UNREADABLE), key=lambda table: (table != "logs", table))
    configs = "".join(
        f'- config_name: {table}\n  data_files: "{FOLDER}/*/{table}/*.parquet"\n{"  default: true" if not at else ""}'
        f"{chr(10) if not at else ''}"
        for at, table in enumerate(shown)
    )
    return (
        f"---\npretty_name: Training runs\ntags:\n- trackio\n{f'configs:{chr(10)}{configs}' if configs else ''}---\n\n"
        f"{MARK}\n\n"
        "Training runs of a trackio server, which writes them here every few minutes and restores itself from here "
        "when it starts on an empty disk. What others put here stays, and nothing of it is read.\n\n"
        "`logs` has every value that was logged: `project`, `run` (its id), `kind` (`metric` or `system`), `metric`, "
        "`row`, `step`, `timestamp`, and `value`; a value that is text is in `value_text`. The other tables are those "
        "of trackio's database.\n\n"
        "```python\nfrom datasets import load_dataset\n\n"
        'logs = load_dataset("OWNER/NAME", "logs", split="train")\n```\n\n'
        "```python\nimport pandas\n\n"
        f'logs = pandas.read_parquet("hf://datasets/OWNER/NAME/{FOLDER}/PROJECT/logs/")\n```\n\n'
        f"Media and saved files are `{FOLDER}/PROJECT/files/`, each under the SHA-256 of its content.\n"
    ).encode()


def is_ours(content: bytes) -> bool:
    """Whether nobody has written another card."""
    return MARK.encode() in content
