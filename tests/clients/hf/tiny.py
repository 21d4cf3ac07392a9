"""Models, tokenizers and data so small that they are made in memory: nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Trainer, TrainingArguments

WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "user", "assistant", "yes", "no", ":", "?", ".")
SPECIAL = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ' : ' + message['content'] + ' </s> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant : ' }}{% endif %}"
)
ROWS = [{"input_ids": torch.arange(4, 12), "labels": torch.arange(4, 12)} for _ in range(16)]


def tokenizer() -> PreTrainedTokenizerFast:
    """Words and nothing else, with a chat template."""
    names = [*SPECIAL.values(), *WORDS]
    made = Tokenizer(WordLevel({name: at for at, name in enumerate(names)}, unk_token="<unk>"))
    made.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=made, chat_template=TEMPLATE, padding_side="left", **SPECIAL)


def model() -> LlamaForCausalLM:
    """Two layers of eight; its config has integers as keys, as those of every classifier."""
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=32,
            hidden_size=8,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=128,
            id2label={0: "no", 1: "yes", 2: "maybe"},
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=3,
        )
    )


def arguments(folder: Path, kind: type[TrainingArguments] = TrainingArguments, **options: Any) -> Any:
    """Four steps, each logged, reported to trackio."""
    usual = {"max_steps": 4, "logging_steps": 1, "save_strategy": "no", "project": "p", "run_name": "first"}
    usual |= {"report_to": "trackio", "per_device_train_batch_size": 2, "use_cpu": True, "disable_tqdm": True}
    return kind(output_dir=str(folder), **usual | options)


def trainer(folder: Path, **options: Any) -> Trainer:
    """A trainer of a tiny model; ``trainer(folder, run_name="a")`` sets its arguments."""
    return Trainer(model=model(), args=arguments(folder, **options), train_dataset=ROWS, eval_dataset=ROWS[:4])
