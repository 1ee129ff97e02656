"""What every level of tests shares."""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is no reason to fail: no test here asserts on time. The examples are the same in each run, so
# that a change is judged by what it changes; `make test-random` draws new ones.
settings.register_profile("default", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("explore", deadline=None)
# `make unit` answers in seconds: `make test` has three times as many examples, `make test-random` ten times.
settings.register_profile("quick", deadline=None, max_examples=10, derandomize=True)
settings.load_profile("default")

HERE = Path(__file__).parent


def pytest_collection_finish() -> None:
    """The tests that were collected stay: looking for garbage among them takes 0.3 s each time."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the credentials or endpoints of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith(
            (
                "ACCOUNT_ID",
                "ALIBABA_CLOUD_",
                "BOTS_FILE",
                "CALLBACK_URL",
                "DEPLOY_",
                "DINGTALK_",
                "FC_",
                "INVOKE_ENDPOINT",
                "RAM_ENDPOINT",
                "SLS_ENDPOINT",
                "STS_ENDPOINT",
                "TABLESTORE_",
            )
        ):
            monkeypatch.delenv(name)


def load_event(name: str) -> dict[str, Any]:
    """A push's body as DingTalk sends it; the shapes are DingTalk's, the values made up."""
    loaded: dict[str, Any] = json.loads((HERE / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded
