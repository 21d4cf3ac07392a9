"""Model cards: what runs used and reached, as a section of Markdown and as metadata, and both put into a README (pure).

::

    section(card: Card) -> str                            the Markdown between its markers, which it ends with
    metadata(card: Card) -> dict[str, Any]                tags, and co2_eq_emissions where there is a figure
    yaml_block(metadata: Mapping[str, Any]) -> str        the metadata as lines of YAML
    merge(text: str, section: str, metadata) -> str       a README with both; every other character stays
    merge_bytes(data: bytes, section: str, metadata) -> bytes
    remove(text: str) -> str                              a README without what merge() put in
    badge(card: Card) -> str                              an SVG of one line

``merge`` and ``remove`` take text as it is in the file, with its line ends (``open(path, newline="")``). They raise
``CardError`` where a file cannot be taken as it is; then nothing of it is lost. Merging twice gives the same text.
"""
