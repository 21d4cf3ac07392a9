"""Notes as plain Markdown, and the options of the command that take them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.narrative.conftest import Write
from trackio.cli.main import main

TEXT = """
# Notes

Best `{{ run("best").name }}`: [Figure](#fig-a) and {{ run("best").last["val/loss"] }}, \\{{ kept }}.

```trackio
metrics: val/loss
caption: A *figure*.
id: a
```

![scheme](a.png)

```trackio-table
columns: val/loss
groupby: group
```

```python
x = "{{ y }}"
```
"""
PNG = b"\x89PNG\r\n\x1a\nx"


def test_markdown_has_pictures_and_values_in_place(write: Write, recorded: Path, tmp_path: Path) -> None:
    write(TEXT)
    Path("a.png").write_bytes(PNG)
    out = tmp_path / "md" / "README.md"
    arguments = ["--output", str(tmp_path / "site"), "--markdown", str(out), "--quiet"]
    assert main(["report", "notes.md", *arguments]) == 0
    text = out.read_text("utf-8")
    assert text.startswith("# Notes\n\nBest `adam-1`: [Figure 1](#fig-a) and 0.2, \\{{ kept }}.\n")
    assert '<a id="fig-a"></a>\n\n![val/loss](README_files/fig-a.png)\n\n**Figure 1.** A *figure*.\n' in text
    assert "| adam | 2 | **0.25 ± 0.07** |" in text
    assert '```python\nx = "{{ y }}"\n```' in text
    assert "```trackio" not in text
    pictures = sorted(path for path in (out.parent / "README_files").iterdir())
    assert len(pictures) == 2
    assert PNG in {path.read_bytes() for path in pictures}
    for path in pictures:
        assert f"README_files/{path.name}" in text


def test_with_an_address_pictures_are_the_sites_own(write: Write, recorded: Path, tmp_path: Path) -> None:
    write("```trackio\nmetrics: val/loss\n```")
    out = tmp_path / "README.md"
    options = ["--output", str(tmp_path / "site"), "--base-url", "https://example.com/x", "--quiet"]
    assert main(["report", "notes.md", "--markdown", str(out), *options]) == 0
    assert "(https://example.com/x/mnist/reports/notes/fig-1.png)" in out.read_text("utf-8")
    assert not (tmp_path / "README_files").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--watch"], "--watch follows notes."),
        (["notes.md", "--watch", "--ci"], "--watch and --ci exclude each other"),
        (["notes.md", "--watch", "--snapshot", "auto"], "--watch and --snapshot exclude each other"),
        (["notes.md", "--serve", "--markdown", "x.md"], "--serve and --markdown exclude each other"),
        (["notes.md", "--single-file"], "notes become pages of a folder"),
        (["--markdown", "x.md"], "--markdown writes one file of notes."),
        (["notes.md", "more.md", "--markdown", "x.md"], "--markdown writes one file of notes."),
        (["notes.md", "--markdown", "notes.md"], "would write over the notes themselves"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    write: Write, recorded: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    write("x")
    assert main(["report", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_the_command_says_where_the_page_is(
    write: Write, recorded: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("![x](https://example.com/x.png)")
    assert main(["report", "notes.md", "--output", str(out)]) == 0
    told = capsys.readouterr()
    assert f"{out}/mnist/reports/notes.html: a page of notes." in told.out
    assert "notes.md:6: The picture https://example.com/x.png lies elsewhere" in told.err
    assert main(["report", "notes.md", "--output", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["reports"] == ["mnist/reports/notes.html"]
    assert len(found["warnings"]) == 1
