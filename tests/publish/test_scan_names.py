"""A value is a secret by the name that it stands under, and most values under such names are none."""

from __future__ import annotations

from typing import Any

import pytest

from trackio.publish.scan.batches import Words
from trackio.publish.scan.known import Known
from trackio.publish.scan.telling import leaves

# In two pieces, so that no scanner takes these for real.
VALUE = "Zx8kQ2mN" + "7pLw4RtY"
HEX = "9f3a7c1be04d5e88" + "21f6a0b3c4d7e9f1"

SECRETS: list[dict[str, Any]] = [
    *({name: VALUE} for name in ("OPENAI_KEY", "openai_key", "openaiKey", "hf_key", "ssh_key", "auth", "MY_THING_KEY")),
    *({name: VALUE} for name in ("api_key", "apiKey", "openaiApiKey", "accessToken", "private_token", "pwd")),
    {"wandb_key": HEX},
    {"openai": {"key": VALUE}},
    {"env": {"AZURE_OPENAI_API_KEY": HEX}},
    {"argv": ["train.py", "--api-key", VALUE]},
    {"argv": ["train.py", "--password", "sunshine"]},
    {"cmd": f"train.py --password {VALUE} --epochs 3"},
    {"cmd": f"train.py --epochs 3 --hf-token {VALUE}"},
    {"hdr": "Authorization: Basic " + "QWxhZGRpbjpvcGVuIHNlc2FtZTEyMw=="},
    {"Authorization": "Basic " + "QWxhZGRpbjpvcGVuIHNlc2FtZTEyMw=="},
    {"headers": {"Authorization": f"Token {VALUE}"}},
    {"cookie": f"lang=en; sid={VALUE}"},
    {"env": [{"name": "API_TOKEN", "value": VALUE}]},
    {"env": [{"value": VALUE, "name": "API_TOKEN"}]},
    {"password": "correct horse battery staple"},
]

TRAINING_ARGUMENTS: dict[str, Any] = {
    "output_dir": "./results/bert-base-uncased-finetuned-sst2-2024-05-01",
    "run_name": "bert-base-uncased-lr2e-05-bs32-seed42",
    "logging_dir": "./runs/May01_12-00-00_node-17-a100",
    "hub_model_id": "ada-lovelace/bert-base-uncased-sst2",
    "hub_token": "<HUB_TOKEN>",
    "push_to_hub_token": "<PUSH_TO_HUB_TOKEN>",
    "hub_strategy": "every_save",
    "optim": "adamw_torch_fused",
    "lr_scheduler_type": "SchedulerType.COSINE_WITH_RESTARTS",
    "metric_for_best_model": "eval/f1_macro@k=10",
    "accelerator_config": "AcceleratorConfig(split_batches=False, dispatch_batches=None, even_batches=True)",
    "deepspeed": "configs/ds_z3_bf16.json",
    "fsdp_config": {"min_num_params": 0, "xla_fsdp_grad_ckpt": False},
    "label_names": ["labels", "token_type_ids"],
    "include_num_input_tokens_seen": False,
    "resume_from_checkpoint": "checkpoints/step_00012000_9f3a7c1b/model.safetensors",
    "_name_or_path": "meta-llama/Llama-3.1-8B-Instruct",
    "transformers_version": "4.57.0.dev0",
    "torch_dtype": "bfloat16",
    "architectures": ["LlamaForCausalLM"],
}

HARMLESS: list[dict[str, Any]] = [
    TRAINING_ARGUMENTS,
    {"tokenizer": "gpt2", "max_tokens": 512, "eos_token": "<|endoftext|>", "pad_token_id": 0, "bos_token": "<s>"},
    {
        "special_tokens": {
            "eos_token": "<|eot_id|>",
            "mask_token": "[MASK]",
            "pad_token": "<|reserved_special_token_7|>",
        }
    },
    {"key": "val/loss", "keys": [VALUE], "monkey": VALUE, "turkey": HEX, "author": VALUE},
    {"key": {"hash_key": HEX, "cache_key": HEX, "sort_key": VALUE, "public_key": VALUE, "group_key": VALUE}},
    {
        "auth": "none",
        "hf_key": "gpt2",
        "ssh_key": "~/.ssh/id_ed25519",
        "pwd": "/workspace/nanogpt",
        "aws_key": "default",
    },
    {"hf_key": "meta-llama/Llama-3.1-8B-Instruct", "wandb_key": "bert-base-uncased-finetuned"},
    {"account_key": "f47ac10b-58cc-4372-a567-0e02b2c3d479", "GPG_KEY": HEX * 2, "CACHE_KEY": HEX, "OBJECT_KEY": VALUE},
    {
        "run_id": "3kq8xw1z",
        "uuid": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "commit": HEX + "01234567",
        "sha256": HEX * 2,
    },
    {"dataset": {"hash": HEX * 2, "fingerprint": HEX, "revision": HEX + "01234567", "key": "train-00000-of-00042"}},
    {"argv": ["train.py", "--tokenizer-name", "gpt2", "--max-tokens", "512", "--pad-token", "<|endoftext|>"]},
    {"argv": ["--password-file", "/run/secrets/db"], "fields": ["password", "username", "token"]},
    {"argv": ["--run-id", VALUE, "--commit", HEX]},
    {"cmd": "python train.py --tokenizer-name gpt2 --token-dropout 0.1 --sort-key length --data /mnt/data/c4-en-00017"},
    {"metrics": [{"name": "val/loss", "value": "0.123456789012"}, {"name": "token", "value": "<s>"}]},
    {"metrics": [{"key": "tokens_per_second", "value": VALUE}]},
    {"api_key": "${API_KEY}", "password": "<password>", "token": None, "secret": "", "hub_token": True},
    {"hdr": "Authorization: Basic <credentials>", "doc": "Basic training, basic Understanding1 of A1b2C3d4"},
]


def found(config: dict[str, Any]) -> list[str]:
    words = Words(Known())
    words.fields("config", "", config)
    return [finding.place for finding, _ in words.hits()]


@pytest.mark.parametrize("config", SECRETS, ids=str)
def test_a_value_under_a_telling_name_is_found_once(config: dict[str, Any]) -> None:
    place = ".".join(dict.fromkeys(name for leaf in leaves(config) for name in leaf.names[:-1]))
    [one] = found(config)
    assert one.startswith(f"config: {place}")


@pytest.mark.parametrize("config", HARMLESS, ids=lambda config: next(iter(config)))
def test_what_everyday_configs_hold_is_none(config: dict[str, Any]) -> None:
    assert found(config) == []
