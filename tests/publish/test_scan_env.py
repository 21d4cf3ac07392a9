"""Values of ``.env`` files are found as they stand; those that are words as well only where they can be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackio.publish.scan.batches import Words
from trackio.publish.scan.known import known

SECRETS = {
    "MY_THING": "some-env-secret-value-77",
    "PHRASE": "correct-horse-battery-staple",
    "OPENAI": "p4ssw0rd-of-mine",
    "APP_SECRET": "blue whale 7",
    "LEGACY_PASSWORD": "Sunshine9",
    "OPENAI_KEY": "Zx8kQ2mN7pLw4RtY",
    "MATLAB_LICENSE": "Qw9ErTyU8iOp7AsDf6Gh",
}
HARMLESS = {
    "TOKENIZER": "bert-large-uncased-whole-word-masking",
    "RECIPE": "sft-llama-3-8b-instruct-lora",
    "BASE_IMAGE": "pytorch-2.5.1-cuda12.4-cudnn9-runtime",
    "OPTIMIZER": "adamw_torch_fused_8bit",
    "DATA": "wikitext-103-raw-v1",
    "WHEN": "2024-05-01-12-00-00-000",
    "POSTGRES_PASSWORD": "postgres",
    "ADMIN_PASSWORD": "admin",
    "NUMBER_PASSWORD": "12345678",
    "HF_KEY": "gpt2",
    "TRAIN_FILE": "my-training-data-part-two",
    "PGHOST": "db7.internal.corp",
}


@pytest.fixture(autouse=True)
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with all of these and a password that is a word."""
    monkeypatch.chdir(tmp_path)
    lines = [f'{name}="{value}"' for name, value in {**SECRETS, **HARMLESS, "DB_PASSWORD": "sunshine"}.items()]
    (tmp_path / ".env").write_text("\n".join(lines))


def found(value: Any) -> list[str]:
    words = Words(known())
    words.fields("config", "", {"x": value})
    return [finding.excerpt.partition(" of .env")[0] for finding, _ in words.hits()]


@pytest.mark.parametrize(("name", "value"), SECRETS.items())
def test_a_value_is_found_in_any_text(name: str, value: str) -> None:
    assert found(f"before {value} after") == [name]


@pytest.mark.parametrize("value", HARMLESS.values())
def test_what_names_things_is_none(value: str) -> None:
    assert found(f"before {value} after") == found(value) == []


@pytest.mark.parametrize(
    "text",
    ["sunshine", "the password is sunshine", "DB_PASSWORD=sunshine", '{"pwd": "sunshine"}', "--password sunshine x"],
)
def test_a_password_that_is_a_word_is_found_alone_and_beside_a_name(text: str) -> None:
    assert found(text) == ["DB_PASSWORD"]


@pytest.mark.parametrize("text", ["a day of sunshine", "sunshines", "monkey sunshine", "sunshine-v2", ["a", "b"]])
def test_the_same_word_elsewhere_is_none(text: Any) -> None:
    assert found(text) == []
