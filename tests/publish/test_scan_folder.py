"""The files of a folder are looked through whatever they are, and however large."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trackio
from trackio.publish import scan
from trackio.publish.scan.pieces import CHUNK, OVERLAP
from trackio.report.build import Options, build

TOKEN = "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"


def places(folder: Path) -> list[str]:
    found = scan.folder(folder)
    assert TOKEN not in repr(found)
    return [finding.place for finding in found]


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.html", f"<p>\n<p title='{TOKEN}'>", "a.html line 2"),
        ("a.svg", f"<title>{TOKEN}</title>", "a.svg line 1"),
        ("deep/er/notes", f"\n\n{TOKEN}\n", "deep/er/notes line 3"),
        ("a.html", "password=&#34;hunter2abc9&#34;", "a.html line 1"),
        ("a.html", "<i>\n{&quot;api_key&quot;:&quot;hunter2abc9hunter3&quot;}", "a.html line 2"),
        ("p/charts/loss.csv", f"step,{TOKEN}\n1,2\n", "p/charts/loss.csv line 1"),
        ("p/media/x.csv", f"step\n{TOKEN}\n", "p/media/x.csv line 2"),
        ("p/data/x.js", f'trackio({{"k":"{TOKEN}"}})', "p/data/x.js line 1"),
        ("no.parquet", f"{TOKEN}", "no.parquet column "),
        (f"{TOKEN}.md", f"{TOKEN}", "hf_….md line 1"),
    ],
)
def test_a_secret_is_told_by_file_and_line(tmp_path: Path, name: str, content: str, place: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(content)
    assert places(tmp_path) == [place.replace("hf_", "")]


@pytest.mark.parametrize("name", ["a.png", "a.MP4", "assets/runtime.478e3f9f.js", ".trackio-report.json"])
def test_pictures_and_what_trackio_ships_itself_are_left_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(TOKEN)
    assert places(tmp_path) == []


def test_the_texts_in_parquet_are_read(tmp_path: Path) -> None:
    table = pa.table(
        {
            "step": [1, 2],
            "said": ["fine", f"with {TOKEN}"],
            "many": [["a"], [TOKEN]],
            "some": pa.array(["x", TOKEN]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "run.parquet", compression="zstd")
    assert places(tmp_path) == [f"run.parquet column {name}" for name in ("said", "many", "some")]


@pytest.mark.parametrize("place", [0, CHUNK - 10, CHUNK - OVERLAP - 10, CHUNK, 2 * CHUNK - 10, 3 * CHUNK])
def test_a_secret_in_a_large_file_is_found_once_wherever_it_lies(tmp_path: Path, place: int) -> None:
    line = b"0123456789 abcdefghijklmnopqrstuvwxyz and so on\n"
    text = bytearray(line * (3 * CHUNK // len(line) + 10))
    text[place : place + len(TOKEN) + 2] = b" %s " % TOKEN.encode()
    (tmp_path / "large.txt").write_bytes(text)
    before = bytes(text[:place]).count(b"\n")
    assert places(tmp_path) == [f"large.txt line {before + 1}"]


def test_a_line_of_many_megabytes_is_looked_through(tmp_path: Path) -> None:
    with (tmp_path / "long.js").open("wb") as file:
        for _ in range(20):
            file.write(b"://a:b" * 170_000)
        file.write(f" {TOKEN}".encode())
    assert places(tmp_path) == ["long.js line 1"]


def test_a_report_of_everyday_runs_has_nothing_to_tell(tmp_path: Path) -> None:
    rows = trackio.Table(columns=["prompt", "tokens"], data=[["Say hi", 12]])
    config = {"lr": 3e-4, "model": "meta-llama/Llama-3-8B", "pad_token": "<pad>", "data": "/home/ada/data", "key": "q"}
    with trackio.init(project="p", name="x", config=config, notes="in /home/ada", auto_log_gpu=False) as run:
        run.log({"loss": 1.0, "rows": rows, "doc": trackio.Markdown("# Tokens: 1234"), "num_tokens": 10**9})
    build(Options(tmp_path / "site"))
    assert places(tmp_path / "site") == []


def test_an_empty_folder_has_nothing_to_tell(tmp_path: Path) -> None:
    assert places(tmp_path) == []
