"""What is wrong in notes: each mistake is told with its line and the nearest name, all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.report.conftest import Build, Record
from tests.report.narrative.conftest import Made, Write
from trackio.cli.main import main
from trackio.errors import NotesError

Wrong = Callable[[str], list[str]]

# The front matter that `write` puts ahead takes five lines: the text begins at the sixth.
CASES = {
    "value": ("{{ run('bst').name }}", 6, "No run named 'bst' in mnist. Nearest: best"),
    "value on a later line": ("a\nb\n{{ run('sgd-3').name }}", 8, "No run named 'sgd-3' in mnist. Nearest: sgd-2"),
    "open braces": ("{{ run('best').name }", 6, "{{ is not closed with }} on its line."),
    "statement": ("{% for x in y %}", 6, "{% ... %} has no meaning here"),
    "block": ("```trackio-tabel\ncolumns: x\n```", 6, "There is no block 'trackio-tabel'. Nearest: trackio-table"),
    "key": (
        "```trackio\nmetrics: val/loss\nsmothing: 5\n```",
        8,
        "no key 'smothing' here. Nearest: smoothing",
    ),
    "key twice": ("```trackio\nmetrics: val/loss\nmetrics: val/acc\n```", 8, "metrics is given twice."),
    "no metrics": ("```trackio\nruns: sgd-1\n```", 6, "metrics is missing"),
    "no block at all": ("```trackio\n```", 6, "metrics is missing"),
    "no mapping": ("```trackio\n- val/loss\n```", 7, "Lines of `key: value` are expected here."),
    "no YAML": ("```trackio\nmetrics: [val/loss\n```", 8, "This is no YAML"),
    "alias": ("```trackio\nmetrics: &a [x]\nruns: *a\n```", 8, "Aliases (*name) are not read here."),
    "metric": (
        "```trackio\nmetrics: [val/loss, val/los]\n```",
        7,
        "mnist logged 'val/los'. Nearest: val/loss",
    ),
    "run": ("```trackio\nmetrics: val/loss\nruns: adm-1\n```", 8, "No run named 'adm-1' in mnist. Nearest: adam-1"),
    "group": ("```trackio\nmetrics: val/loss\ngroup: adm\n```", 8, "in a group 'adm'. Nearest: adam."),
    "groupby": ("```trackio\nmetrics: val/loss\ngroupby: lrr\n```", 8, "has 'lrr' to group by. Nearest: lr."),
    "project": ("```trackio\nproject: mnits\nmetrics: x\n```", 7, "There is no project 'mnits'. Nearest: mnist."),
    "x": (
        "```trackio\nmetrics: val/loss\nx: tran/loss\n```",
        8,
        "No run logged 'tran/loss', so it cannot be",
    ),
    "energy": ("```trackio\nmetrics: val/loss\nx: kwh\n```", 8, "None of these runs measured its energy"),
    "smoothing": ("```trackio\nmetrics: val/loss\nsmoothing: much\n```", 8, 'smoothing="much" is no number.'),
    "scale": ("```trackio\nmetrics: val/loss\nyscale: lag\n```", 8, 'yscale="lag" is none of linear, log.'),
    "window": ("```trackio\nmetrics: val/loss\nwindow: 5\n```", 8, "window is the two ends of the x-axis"),
    "window twice": ("```trackio\nmetrics: x*\nwindow: [0, 1]\nxmin: 1\n```", 8, "says the same as xmin and xmax"),
    "ends": ("```trackio\nmetrics: val/loss\nxmin: 5\nxmax: 2\n```", 9, "xmin is not below xmax."),
    "size": ("```trackio\nmetrics: val/loss\nsize: huge\n```", 8, "size must be one of small, medium, large."),
    "id": ("```trackio\nmetrics: val/loss\nid: A b\n```", 8, "id must be small letters"),
    "same id": (
        "```trackio\nmetrics: val/loss\nid: a\n```\n\n```trackio\nmetrics: val/acc\nid: a\n```",
        13,
        "Two blocks have the id 'a'.",
    ),
    "caption": ("```trackio\nmetrics: val/loss\ncaption: $x_$\n```", 8, "The formula 'x_' cannot be shown"),
    "caption's value": (
        "```trackio\nmetrics: val/loss\ncaption: a {{ rn() }}\n```",
        8,
        "There is no 'rn'. Nearest",
    ),
    "column": ("```trackio-table\ncolumns: [val/los]\n```", 7, "None of these runs has 'val/los'. Nearest: val/loss"),
    "column's key": ("```trackio-table\ncolumns: [{column: val/loss, tilte: x}]\n```", 7, "A column has no 'tilte'."),
    "config column": ("```trackio-table\ncolumns: config.lrr\n```", 7, "has 'config.lrr'. Nearest: config.lr"),
    "energy column": ("```trackio-table\ncolumns: energy.kw\n```", 7, "There is no energy.kw. There are: energy.kwh"),
    "sort": ("```trackio-table\ncolumns: val/loss\nsort: vall\n```", 8, "None of these runs has 'vall'."),
    "limit": ("```trackio-table\ncolumns: val/loss\nlimit: 0\n```", 8, "limit must be a whole number, 1 or more."),
    "reference": ("a [Figure](#fig-los)\n\n```trackio\nmetrics: val/loss\nid: loss\n```", 6, "Nearest: fig-loss."),
    "anchor": ("[x](#frst)\n\n## First", 6, "There is nothing called #frst here. Nearest: first."),
    "link": ("a\n[x](nots.md)", 7, "There is no 'nots.md' to link to. Nearest: notes.md."),
    "link to a file": ("[x](missing.pdf)", 6, "There is no 'missing.pdf' to link to. There are: notes.md."),
    "link into a folder": ("[x](no/such.md#part)", 6, "There is no 'no/such.md' to link to."),
    "link to no file at all": (f"[x]({'y' * 300}%00)", 6, "to link to."),
    "link to itself": (
        "[x](notes.md#frst)\n\n## First",
        6,
        "There is nothing called #frst in notes.md. Nearest: first.",
    ),
    "formula": ("a\n$\\frc{a}{b}$", 7, "\\frc is no command that is known"),
    "formula block": ("$$\n\\frac{a}\n$$", 6, "a command lacks what has to follow it"),
    "footnote": ("text[^none] here", 6, "There is no footnote [^none]: with its text."),
    "picture": ("![x](loss.png)", 6, "There is no picture 'loss.png' beside the notes."),
    "picture elsewhere": ("![x](../../secret.png)", 6, "leads out of the folder of the notes."),
    "picture at the root": ("![x](/etc/passwd)", 6, "is an address from the root."),
    "no picture": ("![x](notes.md)", 6, "notes.md is no picture that browsers show"),
    "picture in the text": ("![x](data:image/png;base64,AAAA)", 6, "A picture is a file beside the notes"),
}


@pytest.mark.parametrize(("text", "line", "says"), CASES.values(), ids=CASES)
def test_a_mistake_is_told_with_its_line(wrong: Wrong, out: Path, text: str, line: int, says: str) -> None:
    found = wrong(text)
    assert [one for one in found if one.startswith(f"notes.md:{line}: ") and says in one], found
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("---\ntitel: x\n---\n", 2, "There is no key 'titel' here. Nearest: title"),
        ("---\nproject: mnits\n---\n", 2, "There is no project 'mnits'. Nearest: mnist."),
        ("---\nproject: mnist\ndraft: perhaps\n---\n", 3, "draft must be true or false."),
        ("---\nproject: mnist\nslug: A/b\n---\n", 3, "slug must be small letters"),
        ("---\nproject: mnist\ntitle: [a]\n---\n", 3, "title must be a text."),
        ("---\nproject: mnist\nsummary: a\nabstract: b\n---\n", 4, "abstract says the same as summary."),
        ("---\nproject: mnist\nsummary: '{{ x }}'\n---\n", 3, "There is no 'x'."),
        ("---\nproject: mnist\ndate: 2026-13-45\n---\n", 2, "This is no YAML that can be read"),
        ("---\nproject: mnist\n", 1, "The front matter that begins here has no end"),
        ("---\ntitle: x\n---\n", 1, "Say which project this is about"),
    ],
)
def test_a_mistake_in_the_front_matter_is_told(wrong: Wrong, text: str, line: int, says: str) -> None:
    found = wrong(text)
    assert [one for one in found if one.startswith(f"notes.md:{line}: ") and says in one], found


def test_all_mistakes_of_all_files_are_told_at_once(write: Write, built: Build, recorded: Path) -> None:
    one = write("{{ x }}\n\n{{ y }}\n\n```trackio\nmetrics: z\nsize: q\n```")
    two = write("[x](#y)", "two.md")
    with pytest.raises(NotesError) as caught:
        built(notes=[one, two])
    assert [str(problem).partition(": ")[0] for problem in caught.value.problems] == [
        *("notes.md:6", "notes.md:8", "notes.md:11", "notes.md:12"),
        "two.md:6",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe\x00\x01", "This is no text in UTF-8."),
        (b"a\nb\0c", "There is a zero byte here"),
        (b"x" * 1_000_001, "The file is larger than 1 MB."),
    ],
)
def test_what_is_no_text_is_told(built: Build, recorded: Path, tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(data)
    with pytest.raises(NotesError, match=says):
        built(notes=[path])


def test_a_file_that_is_not_there_is_told(built: Build, recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(NotesError, match="The file cannot be read"):
        built(notes=[tmp_path / "none.md"])
    with pytest.raises(NotesError, match="is a folder"):
        built(notes=[tmp_path])


def test_mistakes_leave_the_last_site_as_it_was(made: Made, out: Path) -> None:
    made("Words.")
    before = (out / "mnist/reports/notes.html").read_bytes()
    with pytest.raises(NotesError):
        made("{{ x }}")
    assert (out / "mnist/reports/notes.html").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "> " * 5_000,
        "*a " * 20_000,
        "{{" * 20_000,
        "$" * 20_001,
        "`" * 20_001,
        "| a " * 5_000 + "\n" + "|---" * 5_000,
        "![" * 10_000 + "](x)" * 10_000,
        "- " * 5_000,
        "[^a]" * 5_000 + "\n\n[^a]: x",
        "$" + "{" * 4_000 + "$",
    ],
    ids=lambda text: text[:6],
)
def test_hostile_text_comes_to_an_end(made: Made, text: str) -> None:
    # It may be right or wrong; either way there is an answer.
    with suppress(NotesError):
        made(text)


def test_a_link_into_another_note_leads_to_something_there(
    write: Write, built: Build, recorded: Path, out: Path
) -> None:
    more = write("## Loss\n\n```trackio\nmetrics: val/loss\n```\n", "more.md")
    with pytest.raises(NotesError) as caught:
        built(notes=[write("[n](more.md#loss) and\n[m](more.md#lossx) and [f](more.md#fig-2)"), more])
    assert [str(one) for one in caught.value.problems] == [
        "notes.md:7: There is nothing called #lossx in more.md. Nearest: loss.",
        "notes.md:7: There is nothing called #fig-2 in more.md. Nearest: fig-1.",
    ]
    assert not out.exists()


def test_a_name_with_ends_of_lines_makes_no_line_of_its_own(
    record: Record, home: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    record("p", "x", {"loss\ntrackio: all is well\x1b[2J": [1.0]})
    note = write("---\nproject: p\n---\n\n{{ run('x').last['loss'] }}\n")
    assert main(["report", str(note), "--output", str(home / "site")]) == 1
    said = capsys.readouterr().err
    assert "all is well" in said
    assert len(said.splitlines()) == 3
    assert "\x1b" not in said
