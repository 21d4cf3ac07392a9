"""What docs/integrations.md shows of the Hugging Face clients works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import trackio

if TYPE_CHECKING:
    from hf.conftest import Script

PAGE = (Path(__file__).parents[3] / "docs" / "integrations.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python hf\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
BEFORE = "from hf import tiny\nmodel, dataset, loss = tiny.model(), tiny.ROWS * 10, torch.tensor(0.5)\n"


def test_the_examples_record_what_they_say(script: Script) -> None:
    script(BEFORE + "\n".join(BLOCKS))
    first, second = trackio.Api().project("mnist").runs()
    assert (first.name, first.status) == ("first", "finished")
    assert {"train/loss", "eval/loss"} <= set(first.metrics())
    assert (second.name, second.group, second.config) == ("second", "sgd", {"lr": 0.1})
    assert list(second.metric("loss").step) == [1]
