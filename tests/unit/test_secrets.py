from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from rag_on_dingtalk.cloud.secrets import resolve_secret
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.settings.secret import Secret, fit_for_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("reference", ["s3cret", "env:", "file:", "kms:", "vault:x", ""])
def test_what_is_no_reference_is_refused_without_being_repeated(reference: str) -> None:
    with pytest.raises(ConfigurationError, match="must be a reference") as refused:
        resolve_secret(reference, {})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"\xff", "is not text"), (b" \n", "is empty"), (None, "cannot be read")]
)
def test_a_file_without_a_secret_says_so(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=sentence):
        resolve_secret(f"file:{file}")


def test_without_a_region_kms_cannot_be_asked() -> None:
    with pytest.raises(ConfigurationError, match="KMS_ENDPOINT"):
        resolve_secret("kms:bot", {})


def test_a_secret_is_revealed_to_nobody_who_only_looks() -> None:
    secret = Secret("s3cret")

    assert "s3cret" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "s3cret"


@pytest.mark.parametrize("fit", ["0123456789abcdef", "a-Long_and.random~One" * 4])
def test_a_path_secret_stands_in_an_address_as_it_is(fit: str) -> None:
    secret = Secret(fit)

    assert fit_for_path(secret, "env:PATH_SECRET") is secret
    assert quote(fit, safe="") == fit


@pytest.mark.parametrize(
    "unfit",
    ["0123456789abcde", "0123456789/abcdef", "0123456789 abcdef", "0123456789?abcdef", "一二三四" * 4],
)
def test_a_path_secret_that_would_break_or_could_be_guessed_is_refused(unfit: str) -> None:
    with pytest.raises(
        ConfigurationError, match="env:PATH_SECRET cannot be the end of an address"
    ) as refused:
        fit_for_path(Secret(unfit), "env:PATH_SECRET")

    assert unfit not in str(refused.value)
