"""No variable of the environment says anything of servers, proxies or homes, unless a test does."""

from __future__ import annotations

import os

import pytest

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TRACKIO_", "WANDB_", "HF_")) or name.lower() in _PROXIES or name in _CERTIFICATES:
            monkeypatch.delenv(name)
