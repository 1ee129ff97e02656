"""The file with the local KMS's secrets is read, or the error says what is wrong without showing it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.kms.secrets_file import SecretsFileError, read_secrets

if TYPE_CHECKING:
    from pathlib import Path


def test_names_and_secrets_are_read(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text('{"bot/secret": "s3cret"}', encoding="utf-8")

    assert read_secrets(file) == {"bot/secret": "s3cret"}


@pytest.mark.parametrize(
    "content",
    ["", "s3cret", '["s3cret"]', '{"a": 1, "b": "s3cret"}', '{"a": {"b": "s3cret"}}', b"\xffs3cret"],
)
def test_anything_else_is_refused_without_being_shown(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "secrets.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(SecretsFileError, match=r"name → secret") as refused:
        read_secrets(file)

    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretsFileError, match=r"nowhere\.json cannot be read: No such file"):
        read_secrets(tmp_path / "nowhere.json")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("kms") / "secrets.json"
    file.write_bytes(content)
    with suppress(SecretsFileError):
        assert all(isinstance(secret, str) for secret in read_secrets(file).values())
