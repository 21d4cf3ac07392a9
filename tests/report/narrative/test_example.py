"""The example is right: it names what the runs of the speedrun have."""

from __future__ import annotations

from pathlib import Path

from tests.report.conftest import Build, Record

EXAMPLE = Path(__file__).parents[3] / "examples" / "notes.md"


def test_the_example_is_a_page(record: Record, built: Build, out: Path) -> None:
    for number, name in enumerate(("SOAP-1", "Muon-1", "ModernArch-1", "DistributedMuon-1")):
        metrics = {
            "val/loss": [4.0, 3.28],
            "train_time_s": [10.0, 2000.0 - 400 * number],
            "step_avg_ms": [300.0, 200.0],
        }
        record("nanogpt-speedrun", name, metrics, group=name[:-2], config={"num_iterations": 6000})
    report = built(notes=[EXAMPLE])
    assert report.warnings == ()
    text = (out / report.notes[0]).read_text("utf-8")
    assert "4 runs of 4 records" in text
    assert "33 min 20 s on eight H100" in text
    assert "60 % less" in text
    assert "<b>Figure 2.</b>" in text
    assert "<b>Table 1.</b>" in text
