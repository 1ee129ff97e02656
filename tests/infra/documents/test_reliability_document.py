"""`docs/reliability.md` states the protocol's numbers and files: they are the code's."""

from __future__ import annotations

import re

import pytest
import yaml

from rag_on_dingtalk.storage.tables import INBOX, TURNS
from rag_on_dingtalk.storage.turns.lease import NEVER_MS
from rag_on_dingtalk.storage.turns.outcome import CardState, Status
from rag_on_dingtalk.worker import claim
from rag_on_dingtalk.worker.invocation import CLOSING_MS, LEASE_MS, LeaseTerms
from tests.infra.documents.texts import ROOT, text

DOCUMENT = text(ROOT / "docs" / "reliability.md")
CHINESE = text(ROOT / "docs" / "reliability.zh-CN.md")
LIBRARY = ROOT / "layers" / "common" / "rag_on_dingtalk"
TERMS = LeaseTerms(LEASE_MS)


def test_the_chinese_page_has_the_same_tables_names_and_files() -> None:
    def cells(document: str) -> list[int]:
        return [line.count(" | ") for line in document.splitlines() if line.startswith("| ")]

    def names(document: str) -> set[str]:
        prose = re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL)
        return {name for name in re.findall(r"`([^`\n]+)`", prose) if re.fullmatch(r"[\w./:-]+", name)}

    assert cells(CHINESE) == cells(DOCUMENT)
    assert names(CHINESE) == names(DOCUMENT)


@pytest.mark.parametrize(
    "number", [TERMS.lease_ms, TERMS.renew_every_ms, TERMS.margin_ms, TERMS.grace_ms, TERMS.retries_ms]
)
def test_the_chinese_lengths_of_a_lease_are_the_codes(number: int) -> None:
    assert f" | {number // 1000} | " in CHINESE


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`([a-z_]+/[\w/]+\.py)`", DOCUMENT))))
def test_a_file_that_is_named_exists(file: str) -> None:
    assert (LIBRARY / file).exists() or (ROOT / file).exists()


@pytest.mark.parametrize(
    ("name", "length_ms"),
    [
        ("lease", TERMS.lease_ms),
        ("renewal", TERMS.renew_every_ms),
        ("margin", TERMS.margin_ms),
        ("grace", TERMS.grace_ms),
        ("retries", TERMS.retries_ms),
    ],
)
def test_the_lengths_of_a_lease_are_the_codes(name: str, length_ms: int) -> None:
    assert f"| {name} | {length_ms // 1000} |" in DOCUMENT


def test_the_numbers_of_the_claim_are_the_codes() -> None:
    assert claim._TRIES_BEFORE_BLIND == 3
    assert "three claims have failed" in DOCUMENT
    assert f"the question is younger than {claim._YOUNG_MS // 1000} s" in DOCUMENT
    assert f"asked again every {claim._LOOK_AGAIN_MS // 1000} s" in DOCUMENT
    assert f"| {CLOSING_MS // 1000} s before the deadline (the closing time) |" in DOCUMENT
    assert NEVER_MS == 2**53
    assert "`lease_until` is 2^53" in DOCUMENT


def test_the_deployed_numbers_are_those_of_the_deployment() -> None:
    functions = yaml.safe_load(text(ROOT / "infra" / "s.yaml"))["resources"]
    answer, failed = (functions[name]["props"] for name in ("async_answer", "failed_answer"))
    words = {3: "three", 4: "four"}
    attempts = words[answer["asyncInvokeConfig"]["maxAsyncRetryAttempts"] + 1]
    minutes = answer["asyncInvokeConfig"]["maxAsyncEventAgeInSeconds"] // 60
    again = words[failed["asyncInvokeConfig"]["maxAsyncRetryAttempts"] + 1]

    assert f"async_answer has {attempts} attempts of up to {answer['timeout']} s" in DOCUMENT
    assert f"older than {minutes} minutes" in DOCUMENT
    assert f"has {again} attempts of up to {failed['timeout']} s within an hour" in DOCUMENT
    assert failed["asyncInvokeConfig"]["maxAsyncEventAgeInSeconds"] == 3600
    assert INBOX.days == 1
    assert f"expires after {TURNS.days} days" in DOCUMENT


@pytest.mark.parametrize("value", [CardState.DELIVERED.value, CardState.NONE.value, Status.ANSWERING.value])
def test_a_value_of_the_row_that_is_named_is_one_that_is_written(value: str) -> None:
    assert f"`{value}`" in DOCUMENT
