from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.verdicts.failures import QUOTE_LIMIT, Failures, provider_failure, status_failure
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.secret import Secret

FAILURES = Failures("Product", Secret("correct-horse"), "Check the address.")


def said(words: str) -> str:
    return str(FAILURES.error(FailureKind.UPSTREAM, "failed", words))


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = FAILURES.error(FailureKind.CONFIG_TARGET, "answered 404", "Not\n  found.")

    assert error.kind is FailureKind.CONFIG_TARGET
    assert str(error) == "Product answered 404: Not found. Check the address."


def test_an_error_without_a_quotation_is_a_sentence_too() -> None:
    assert str(FAILURES.error(FailureKind.CONFIG_TARGET, "is gone")) == "Product is gone. Check the address."


def test_a_long_quotation_is_cut() -> None:
    assert "x" * 20 in said("x" * 20)
    assert len(said("word " * 10_000)) < QUOTE_LIMIT + 120


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("correct-horse", "you sent correct-horse"),
        ("abc123", "Authorization: Bearer abc123"),
        ("abc123", "header 'authorization': 'bearer abc123' is wrong"),
        ("abc123", "used bearer abc123"),
        ("hunter2", '{"api_key": "hunter2"}'),
        ("hunter2", "https://host/path?token=hunter2&x=1"),
        ("hunter2", "https://user:hunter2@host/path"),
        ("live", "Incorrect API key provided: sk-live**********9xQz"),
        ("Zx8Yw7Vu", "key app-Zx8Yw7Vu6Ts5 is unknown"),
        ("Zx8Yw7Vu", "key ragflow-Zx8Yw7Vu6Ts5 is unknown"),
        ("K7Q2M4X", "key K7Q2M4X-9TB1C3D is unknown"),
        ("0123456789abcdef", "signature 0123456789abcdef0123456789abcdef"),
    ],
)
def test_nothing_that_looks_like_a_key_is_repeated(secret: str, words: str) -> None:
    assert secret not in said(words)


@pytest.mark.parametrize(
    "words",
    [
        "trace 6f0c2b1e-9d01-4a7c-8f3e-2b1e9d014a7c",
        "code completion_request_error_of_the_provider",
        "模型返回错误，请检查配置",
        "maximum context length is 8192 tokens",
    ],
)
def test_what_helps_an_administrator_is_kept(words: str) -> None:
    assert words in said(words)


@pytest.mark.parametrize("words", ["", "the year 429 was long ago", "a queue of 503 items", "no parameters"])
def test_words_without_a_symptom_are_the_products_failure(words: str) -> None:
    assert provider_failure(words) is FailureKind.UPSTREAM


#: Raised by the caller of a backend, not by the backend.
OF_OTHERS = {
    FailureKind.ANSWER_BLOCKED,
    FailureKind.UNCHECKED,
    FailureKind.PAUSED,
    FailureKind.DEADLINE,
    FailureKind.FILE_LOST,
    FailureKind.FILE_TOO_LARGE,
    FailureKind.QUEUED_TOO_LONG,
    FailureKind.STOPPED,
    FailureKind.INTERNAL,
    FailureKind.LIMITED,
}


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind not in OF_OTHERS])
def test_every_failure_of_a_backend_says_what_to_do(kind: FailureKind) -> None:
    error = str(FAILURES.error(kind, "failed"))

    assert error.startswith("Product failed. ")
    assert error.endswith(".")
    assert len(error) > len("Product failed. ")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, FailureKind.UPSTREAM),
        (302, FailureKind.CONFIG_TARGET),
        (418, FailureKind.CONFIG_TARGET),
        (599, FailureKind.UPSTREAM),
    ],
)
def test_an_unheard_of_status_is_told_by_its_class(status: int, kind: FailureKind) -> None:
    assert status_failure(status) is kind
