"""What the pages say, and that no name in any field can break them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import trackio
from tests.report.conftest import Build, Record, files
from trackio import telling
from trackio.report import pages, tables
from trackio.report.gather import Selection, gather

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "../../etc/passwd",
    "\u202eevil\u202c",
    "nul\0byte",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "مرحبا 😀",
    "\ud800",
    "x" * 300,
    "javascript:alert(1)",
    "line\nbreak\r\u2028\u2029",
]
ALLOWED = re.compile(r"(?:data-[a-z-]+|aria-[a-z-]+|[a-z]+|viewBox|preserveAspectRatio|http-equiv)")


class Page(HTMLParser):
    """The elements of a page, and its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.scripts:
            self.scripts[-1] += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def model(path: Path) -> dict[str, Any]:
    (text,) = re.findall(r'id="trackio-model">(.*?)</script>', path.read_text(), re.DOTALL)
    found: dict[str, Any] = json.loads(text)
    return found


def sections(path: Path) -> list[str | None]:
    """The prefixes that charts of a page stand under."""
    return [found["data-prefix"] for _, found in Page(path.read_text()).elements if "data-prefix" in found]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_in_every_field_stays_text(name: str, built: Build, out: Path, home: Path) -> None:
    options: dict[str, Any] = {"group": name, "tags": [name], "notes": name, "job_type": name}
    options["config"] = {name: name, "nested": {name: [name]}}
    for number in range(2):
        run = trackio.init(project=name, name=name, auto_log_cpu=False, auto_log_gpu=False, **options)
        run.log({name: 1.0 + number, "words": name})
        run.log({name: 2.0})
        run.finish()
    built()
    for file, content in files(out).items():
        assert re.fullmatch(r"[a-zA-Z0-9_./-]+", file)
        if not file.endswith(".html"):
            continue
        text = content.decode()
        assert "\0" not in text
        page = Page(text)
        for tag, attributes in page.elements:
            assert tag != "img"
            assert not [
                key
                for key in attributes
                if key.startswith("on") or not ALLOWED.fullmatch(key.replace("viewbox", "viewBox"))
            ]
            assert "style" not in attributes
            link = attributes.get("href") or attributes.get("src") or ""
            assert not link.lower().lstrip().startswith("javascript:")
        assert not [script for script in page.scripts if script.startswith("alert")]
        json.loads(page.scripts[-1])
    for file, content in files(out).items():
        if file.endswith(".js") and "/data/" in file:
            assert content.startswith(b"trackioData(")
            assert content.isascii()


def test_scripts_and_styles_are_the_same_on_every_chart_page_and_named_for_a_policy(
    record: Record, built: Build, out: Path
) -> None:
    from base64 import b64encode
    from hashlib import sha256

    record("p", "a", {"x": [1.0], "y": [2.0]})
    built()
    csp = json.loads((out / "manifest.json").read_text())["csp"]
    for name in ("x", "y"):
        text = (out / f"p/charts/{name}.html").read_text()
        script = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)[0]
        style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
        assert csp["script"] == [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"]
        assert csp["style"] == [f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"]


def test_every_link_between_pages_leads_somewhere(record: Record, built: Build, out: Path) -> None:
    record("my project", "a run", {"train/loss": [1.0, 0.5], "val/loss": [1.0]}, group="g")
    record("other", "b")
    built()
    for file, content in files(out).items():
        if not file.endswith(".html"):
            continue
        for _, attributes in Page(content.decode()).elements:
            for name in ("href", "data-runtime"):
                link = attributes.get(name) or ""
                if link and not link.startswith(("#", "data:", "https://")):
                    assert ((out / file).parent / link).is_file(), f"{file}: {link}"
        found = model(out / file)
        base = (out / file).parent
        assert (base / found["root"]).resolve() == out.resolve()
        for chart in found["charts"]:
            assert (base / chart["data"]).is_file()
            for link in chart["links"].values():
                assert (base / link).is_file()


def test_no_page_holds_the_host_or_the_home_folder(
    record: Record, built: Build, out: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setenv("MY_SECRET_TOKEN", "s3cr3t-of-the-environment")
    record("p", "a", config={"data": "/home/someone/data", "api_key": "k-12345", "lr": 0.1})
    built()
    forbidden = [str(home), "/home/someone", "k-12345", "s3cr3t-of-the-environment"]
    if len(socket.gethostname()) > 4:
        forbidden.append(socket.gethostname())
    for file, content in files(out).items():
        for text in forbidden:
            assert text.encode() not in content, f"{file} tells {text}"


def test_the_run_table_shows_what_differs_and_last_and_best_values(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"val/loss": [3.0, 1.0, 2.0], "val/accuracy": [0.5, 0.9, 0.7]}, config={"lr": 0.1, "same": 1})
    record("p", "b", {"val/loss": [4.0]}, config={"lr": 0.2, "same": 1})
    built()
    (project,) = gather(None, Selection())
    columns, rows, hidden = tables.table(project)
    assert [(column.name, column.note) for column in columns] == [
        ("lr", ""),
        ("val/loss", "last"),
        ("val/loss", "min"),
        ("val/accuracy", "last"),
        ("val/accuracy", "max"),
    ]
    assert [cell.text for cell in rows[0].cells] == ["0.1", "2", "1", "0.7", "0.9"]
    assert [cell.text for cell in rows[1].cells] == ["0.2", "4", "4", "", ""]
    assert hidden == 0
    assert "val/accuracy" in Page((out / "p/index.html").read_text()).text


@pytest.mark.parametrize(
    ("name", "is_high"),
    [
        ("acc", True),
        ("val/accuracy", True),
        ("eval_f1", True),
        ("episode/reward", True),
        ("top5", True),
        ("loss", False),
        ("vaccine", False),
        ("perplexity", False),
        ("mape", False),
        ("grad_norm", False),
    ],
)
def test_the_custom_of_a_name_says_which_value_is_best(name: str, is_high: bool) -> None:
    assert telling.is_better_high(name) is is_high


def test_validation_comes_before_training_in_the_table() -> None:
    assert telling.telling(["lr", "train/loss", "val/loss"]) == ["val/loss", "train/loss", "lr"]


def test_charts_stand_in_sections_by_prefix(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"train/loss": [1.0], "train/acc": [1.0], "val/loss": [1.0], "val/acc": [1.0], "lr": [1.0]})
    built()
    prefixes = [
        a["data-prefix"]
        for tag, a in Page((out / "p/index.html").read_text()).elements
        if tag == "details" and "data-prefix" in a
    ]
    assert prefixes == ["train/", "val/", "other"]


def test_prefixes_of_one_chart_share_a_section(record: Record, built: Build, out: Path) -> None:
    record("p", "a", {"train/loss": [1.0], "val/loss": [1.0], "lr": [1.0], "wd": [1.0]})
    built()
    prefixes = [
        a["data-prefix"]
        for tag, a in Page((out / "p/index.html").read_text()).elements
        if tag == "details" and "data-prefix" in a
    ]
    assert prefixes == ["train/, val/", "other"]


def test_more_than_ten_runs_are_shown_as_groups(record: Record, built: Build, out: Path) -> None:
    for number in range(12):
        record("p", f"r{number}", {"loss": [1.0, 0.5]}, group="ab"[number % 2])
    built()
    text = (out / "p/index.html").read_text()
    assert "mean of 2 groups (12 runs)" in text
    assert '<option value="group" selected>' in text


def test_system_metrics_are_on_the_page_of_the_run_alone(record: Record, built: Build, out: Path) -> None:
    run = trackio.init(project="p", name="a", auto_log_cpu=False, auto_log_gpu=False)
    run.log({"loss": 1.0})
    trackio.log_system({"gpu/0/power": 250.0, "gpu/1/power": 240.0})
    run.finish()
    built()
    assert sections(out / "p/runs/a.html") == ["charts", "GPU 0", "GPU 1"]
    assert "gpu" not in (out / "p/index.html").read_text()


def test_notes_are_rendered_as_markdown(record: Record, built: Build, out: Path) -> None:
    record("p", "a", notes="**bold** and [x](javascript:alert(1))")
    built()
    text = (out / "p/runs/a.html").read_text()
    assert "<strong>bold</strong>" in text
    assert 'href="javascript' not in text


def test_the_summary_shows_last_values_and_what_was_set(record: Record, built: Build, out: Path) -> None:
    run = trackio.init(project="p", name="a", auto_log_cpu=False, auto_log_gpu=False)
    run.log({"loss": 0.125})
    run.summary["best_epoch"] = 17
    run.finish()
    built()
    text = Page((out / "p/runs/a.html").read_text()).text
    assert "0.125" in text
    assert "best_epoch" in text
    assert "17" in text


def test_the_root_page_shows_each_project_with_its_counts(record: Record, built: Build, out: Path) -> None:
    record("one", "a", {"x": [1.0], "y": [2.0]})
    record("two", "b")
    built()
    text = Page((out / "index.html").read_text()).text
    assert "1 run · 2 charts" in text
    assert model(out / "index.html")["projects"] == [
        {"name": "one", "path": "one/index.html"},
        {"name": "two", "path": "two/index.html"},
    ]


def test_a_manifest_needs_no_pages(home: Path) -> None:
    assert json.loads(pages.manifest([]))["projects"] == []
