"""Notes become pages of the site: what stands on them, which files belong to them, and what is made again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.report.conftest import Build, Record, files
from tests.report.narrative.conftest import Made, Write
from trackio.errors import NotesError, ReportError
from trackio.report.narrative import images

FIGURE = """
```trackio
metrics: val/loss
runs: [sgd-1, adam-*]
caption: Loss of *three* runs; the best is {{ run("best").name }}.
id: loss
```
"""
TABLE = """
```trackio-table
columns: [config.lr, val/loss, val/acc]
groupby: group
caption: Two optimizers.
id: optimizers
```
"""


def page(out: Path, name: str = "mnist/reports/notes.html") -> str:
    return (out / name).read_text("utf-8")


def article(text: str) -> str:
    return text[text.index("<main") : text.index("</main>")]


def test_notes_become_a_page_of_their_project(made: Made, out: Path) -> None:
    report = made(f"Best: {{{{ run('best').name }}}}.\n{FIGURE}{TABLE}")
    assert report.notes == ("mnist/reports/notes.html",)
    assert sorted(path.name for path in (out / "mnist/reports/notes").iterdir()) == [
        *("fig-loss.csv", "fig-loss.png", "fig-loss.svg", "fig-loss.vl.json"),
        *("figures.js", "tab-optimizers.csv", "tab-optimizers.md", "tab-optimizers.tex"),
    ]
    text = page(out)
    assert "Best: adam-1." in text
    assert "<b>Figure 1.</b> Loss of <em>three</em> runs; the best is adam-1." in text
    assert "<b>Table 1.</b> Two optimizers." in text
    assert "0.60 ± 0.14" in text
    assert "<strong>0.25 ± 0.07</strong>" in text


def test_the_site_has_the_projects_that_notes_name(made: Made, out: Path) -> None:
    assert made("Words.").projects == 1
    assert not (out / "other").exists()


def test_notes_on_two_projects_stand_at_the_root(made: Made, out: Path) -> None:
    report = made("```trackio\nmetrics: val/loss\n```\n\n```trackio\nproject: other\nmetrics: loss\n```")
    assert report.notes == ("reports/notes.html",)
    assert report.projects == 2
    text = page(out, "reports/notes.html")
    assert 'href="../mnist/charts/val-loss.html' in text
    assert 'href="../other/charts/loss.html' in text
    for project in ("mnist", "other"):
        assert 'href="../reports/notes.html"' in page(out, f"{project}/index.html")


def test_pages_of_the_project_and_the_root_link_the_notes(made: Made, out: Path) -> None:
    made("Words.")
    assert '<a href="reports/notes.html"><bdi>Notes</bdi></a>' in page(out, "mnist/index.html")
    assert '<a href="mnist/reports/notes.html"><bdi>Notes</bdi></a>' in page(out, "index.html")


def test_the_manifest_lists_notes_with_their_figures_and_tables(made: Made, out: Path) -> None:
    made(FIGURE + TABLE)
    (found,) = json.loads((out / "manifest.json").read_bytes())["reports"]
    assert found["path"] == "mnist/reports/notes.html"
    assert found["title"] == "Notes"
    assert found["figures"][0]["embed"] == "mnist/charts/val-loss.html?runs=adam-*&run=sgd-1&height=280"
    named = [*found["figures"][0].values(), *found["tables"][0].values()]
    for name in (one for one in named if isinstance(one, str) and one.startswith("mnist/reports")):
        assert (out / name).is_file()


def test_the_same_notes_give_the_same_bytes(made: Made, write: Write, built: Build, tmp_path: Path, out: Path) -> None:
    made(FIGURE + TABLE)
    built(notes=[Path("notes.md")], output=tmp_path / "again")
    assert files(out) == files(tmp_path / "again")


def test_notes_are_made_again_only_when_they_would_change(made: Made, record: Record) -> None:
    text = f"Best: {{{{ run('best').name }}}}.\n{FIGURE}"
    made(text)
    again = made(text)
    assert (again.rendered, again.written) == (0, 0)
    changed = made(text + "\nMore.")
    # The root page is cited by the hash of all that the report says.
    assert changed.rendered == 2
    record("mnist", "adamw-1", {"val/loss": [1.0, 0.1]})
    assert "Best: adamw-1." in page(made(text).path)


def test_notes_that_are_left_out_are_removed(made: Made, built: Build, out: Path) -> None:
    made(FIGURE)
    built()
    assert not (out / "mnist/reports").exists()
    assert "reports/notes" not in page(out, "mnist/index.html")


def test_a_figure_shows_what_its_block_says(made: Made, out: Path) -> None:
    made(
        "```trackio\nmetrics: [val/loss, train/loss]\nruns: sgd-1\n```\n\n"
        "```trackio\nmetrics: val/loss\ngroupby: optim/name\nband: std\n```\n\n"
        "```trackio\nmetrics: val/*\nwindow: [0, 1]\nyscale: log\nsize: large\nwidth: wide\ntitle: Both\n```"
    )
    text = article(page(out))
    assert "val/loss, train/loss" in text
    assert "mean of 2 groups (4 runs), band ±1 standard deviation" in text
    assert "8 runs" not in text
    assert 'class="tk-figure is-large is-wide"' in text
    assert "Both</a>" in text
    links = re.findall(r'charts/[\w-]+\.html\?[^"]*', text)
    assert links == [
        "charts/val-loss.html?metric=val/loss&amp;metric=train/loss&amp;run=sgd-1&amp;height=280",
        "charts/val-loss.html?groupby=optim/name&amp;band=std&amp;height=280",
        "charts/val-loss.html?metric=val/loss&amp;metric=val/acc&amp;xmin=0&amp;xmax=1&amp;yscale=log&amp;title=Both&amp;height=400",
    ]


def test_references_take_the_number_of_what_they_lead_to(made: Made, out: Path) -> None:
    made(
        "See [Figure](#fig-loss), [fig.](#fig-loss), [Table](#tab-optimizers), [the plot](#fig-loss), "
        "[up](#first-part).\n"
        f"\n## First part\n{FIGURE}{TABLE}"
    )
    text = article(page(out)).replace("\N{NO-BREAK SPACE}", " ")
    assert '<a href="#fig-loss">Figure 1</a>, <a href="#fig-loss">fig. 1</a>' in text
    assert (
        '<a href="#tab-optimizers">Table 1</a>, <a href="#fig-loss">the plot</a>, <a href="#first-part">up</a>' in text
    )


def test_headings_are_the_contents(made: Made, out: Path) -> None:
    made("## One\n\n### Inner `code`\n\n## One\n\n#### Deep\n")
    text = page(out)
    assert re.findall(r'<li class="is-level-(\d)"><a href="#([\w-]+)">(.*?)</a>', text)[:3] == [
        ("2", "one", "One"),
        ("3", "inner-code", "Inner code"),
        ("2", "one-1", "One"),
    ]
    assert '<h4 id="deep">Deep</h4>' in text


def test_a_first_heading_is_the_title(made: Made, out: Path) -> None:
    made("---\nproject: mnist\n---\n# The *title*\n\nWords.\n\n# Part\n\n## Inner")
    text = page(out)
    assert "<h1>The title</h1>" in text
    assert '<h2 id="part">Part</h2>' in text
    assert '<h3 id="inner">Inner</h3>' in text
    assert text.count("<h1") == 1


def test_the_front_matter_is_shown(made: Made, out: Path) -> None:
    made(
        "---\nproject: mnist\ntitle: On {{ project.name }}\nauthors: [Ada Lovelace, C. Babbage]\ndate: 2024-11-21\n"
        "summary: \"It reached **{{ run('best').best['val/acc']|percent(0) }}**.\"\nslug: my-report\n---\n"
    )
    text = page(out, "mnist/reports/my-report.html")
    assert "<h1>On mnist</h1>" in text
    assert "Ada Lovelace, C. Babbage · 21 Nov 2024" in text
    assert '<p class="tk-lede">It reached <strong>80 %</strong>.</p>' in text
    assert 'content="It reached 80 %."' in text


def test_formulas_and_footnotes_need_no_script(made: Made, out: Path) -> None:
    made("Cost $x_i^2$ is $5 or $6[^1].\n\n$$\n\\frac{1}{N}\\sum_i x_i\n$$ (mean)\n\n[^1]: A note with $y$.\n")
    text = article(page(out))
    assert "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></mrow></math> is $5 or $6" in text
    assert '<math display="block"><mrow><mfrac>' in text
    assert "(mean)" in text
    assert '<li id="fn1" class="footnote-item">' in text


def test_pictures_are_published_by_their_content(made: Made, write: Write, out: Path) -> None:
    write("", "x.md")
    Path("figures").mkdir()
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 20
    Path("figures/a b.png").write_bytes(png)
    made('![A curve](figures/a%20b.png "Its title")')
    name = re.search(r'<img src="notes/([0-9a-f]{20}\.png)" alt="A curve" title="Its title" loading="lazy">', page(out))
    assert name is not None
    assert (out / "mnist/reports/notes" / name[1]).read_bytes() == png


def test_pictures_that_lie_elsewhere_are_links(made: Made, out: Path) -> None:
    report = made("![A curve](https://example.com/a.png)")
    says = "notes.md:6: The picture https://example.com/a.png lies elsewhere, so it is a link. Keep it beside the notes"
    assert [one.partition(" to show")[0] for one in report.warnings] == [says]
    assert '<a href="https://example.com/a.png" rel="noopener noreferrer">A curve</a>' in page(out)
    assert "<img" not in article(page(out))


def test_notes_link_each_other(write: Write, built: Build, recorded: Path, out: Path) -> None:
    more = write("## Part\n\n[back](notes.md)\n\n```trackio\nmetrics: val/loss\n```\n", "more.md")
    text = "See [more](more.md#part), [one](more.md#fig-1), [here](notes.md#a-section).\n\n## A section"
    built(notes=[write(text), more])
    assert '<a href="more.html#part">more</a>, <a href="more.html#fig-1">one</a>' in page(out)
    assert '<a href="notes.html">back</a>' in page(out, "mnist/reports/more.html")


def test_a_link_to_a_file_that_is_not_published_is_text_and_told(made: Made, write: Write, out: Path) -> None:
    write("Words.", "more.md")
    Path("runs").mkdir()
    Path("runs/loss curve.pdf").touch()
    report = made("[a](more.md#x), [b](runs/loss%20curve.pdf), [c](runs/), [d](/x), [e](ftp://x.example/), [f](?x=1)")
    assert "a, b, c, d, e, f" in article(page(out))
    assert [one.partition("6: ")[2] for one in report.warnings] == [
        "more.md is not built with these notes, so the link is shown as text. Name it in the same command.",
        *(
            f"{name} is not published with the notes, so the link is shown as text. Link to where readers find it."
            for name in ("runs/loss curve.pdf", "runs/")
        ),
        "/x is no page of the site, so it is shown as text.",
        "ftp://x.example/ is no page of the site, so it is shown as text.",
        "?x=1 is no page of the site, so it is shown as text.",
    ]


def test_a_draft_is_marked(made: Made, out: Path) -> None:
    made("---\nproject: mnist\ndraft: true\n---\nWords.")
    assert '<strong class="tk-draft">Draft</strong>' in page(out)


def test_two_notes_of_one_address_are_refused(write: Write, built: Build, recorded: Path, tmp_path: Path) -> None:
    one, folder = write("Words."), tmp_path / "notes" / "sub"
    folder.mkdir()
    other = write("Words.", "sub/notes.md")
    with pytest.raises(NotesError, match=r"sub/notes.md:1: This would have the same address as notes.md"):
        built(notes=[one, other])


def test_line_ends_and_byte_order_marks_make_no_difference(made: Made, write: Write, built: Build, out: Path) -> None:
    made(FIGURE)
    before = files(out)
    path = Path("notes.md")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    built(notes=[path])
    assert files(out) == before


def test_a_picture_that_changes_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(b"\x89PNG\r\n\x1a\n1")
    found = images.find("a.png", Path())
    Path("a.png").write_bytes(b"\x89PNG\r\n\x1a\n2")
    with pytest.raises(ReportError, match="changed while the report was built"):
        images.content(found)
