"""Whatever is in notes or in the names of runs, a page runs no script but ours and loads nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.conftest import Build, Record
from tests.report.narrative.conftest import Made, Write
from trackio.errors import NotesError

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> | `x` **b** [l](javascript:alert(1)) {{ 7*7 }}"


def article(out: Path) -> str:
    text = (out / "mnist/reports/notes.html").read_text("utf-8")
    return text[text.index("<body") : text.index('<script type="application/json"')]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b> <!-- c -->",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<javascript:alert(1)>",
        "[x](vbscript:x)",
        "# <script>alert(1)</script>\n\n## <svg onload=alert(1)>",
        '![<script>](https://example.com/x.png"onerror="alert(1))',
        '[x](https://example.com "a\\" onclick=\\"alert(1)")',
        "$\\text{<script>alert(1)</script>}$",
        "```html\n<script>alert(1)</script>\n```",
        "```trackio\nmetrics: val/loss\ncaption: <script>alert(1)</script>\ntitle: <script>alert(1)</script>\n```",
        "```trackio-table\ncolumns: [{column: val/loss, title: '<script>alert(1)</script>'}]\n```",
        "| a |\n|---|\n| <script>alert(1)</script> |",
        "x[^1]\n\n[^1]: <script>alert(1)</script>",
        '{{ "<script>alert(1)</script>" }}',
        "`{{ '<script>alert(1)</script>' }}`",
        "[{{ '<b>' }}](https://example.com/{{ '\" onclick=x' }})",
    ],
)
def test_no_markup_of_the_notes_gets_through(made: Made, out: Path, text: str) -> None:
    made(text)
    found = article(out)
    assert "<script" not in found
    assert not re.search(r'(?:href|src)="(?:javascript|vbscript|data):', found, re.IGNORECASE)
    # What stands in quotes is a value, whatever it looks like.
    bare = re.sub(r'"[^"]*"', '""', found)
    assert not re.search(r"<[^>]*\s(?:on\w+|style)=", bare)


@pytest.mark.parametrize("formula", ["\\href{javascript:alert(1)}{x}", "\\style{color:red}{x}", "\\class{a}{b}"])
def test_formulas_carry_no_links_or_styles(made: Made, formula: str) -> None:
    with pytest.raises(NotesError, match="cannot be shown"):
        made(f"${formula}$")


def test_names_of_runs_are_text_wherever_they_stand(write: Write, built: Build, record: Record, out: Path) -> None:
    record("mnist", HOSTILE, {"val/loss": [1.0, 0.5]}, group=HOSTILE, config={"k": HOSTILE})
    text = (
        "Run {{ run('last').name }} and `{{ run('last').config.k }}`\n\n"
        "| a | b |\n|---|---|\n| {{ run('last').name }} | 1 |\n\n"
        "```trackio\nmetrics: val/loss\n```\n\n```trackio-table\ncolumns: [val/loss, config.k]\n```\n\n"
        "```trackio-table\ncolumns: val/loss\ngroupby: k\n```\n"
    )
    built(notes=[write(text)])
    found = article(out)
    assert "<script" not in found
    assert "<img" not in found
    assert "<td>1</td>" in found
    assert 'href="javascript:' not in found


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><foreignObject><p>x</p></foreignObject></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><a href='javascript:alert(1)'>x</a></svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg></svg>",
    ],
)
def test_pictures_with_scripts_are_refused(made: Made, write: Write, content: bytes) -> None:
    write("", "other.md")
    Path("a.svg").write_bytes(content)
    with pytest.raises(NotesError, match=r"a\.svg"):
        made("![x](a.svg)")


def test_a_link_out_of_the_folder_is_not_followed(made: Made, write: Write, tmp_path: Path) -> None:
    write("", "other.md")
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"\x89PNG\r\n\x1a\n")
    Path("a.png").symlink_to(secret)
    with pytest.raises(NotesError, match="leads out of the folder"):
        made("![x](a.png)")
