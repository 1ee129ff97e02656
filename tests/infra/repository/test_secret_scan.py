"""A key that works somewhere is found in a file before it is committed; a made-up one is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.secret_scan.__main__ import SHAPES, main, secrets_in

if TYPE_CHECKING:
    from pathlib import Path

#: One of each shape, put together here so that this file holds none.
REAL = {
    "an AccessKey id of Alibaba Cloud": "LTAI" + "5tQz8Vn3Kw7Lp2Rs9Mx4",
    "a temporary key of Alibaba Cloud": "STS." + "NUz8Vn3Kw7Lp2Rs9Mx4TbYd",
    "a robot's webhook of DingTalk": "?access_token=" + "9f3c" * 16,
    "a client secret of DingTalk": "client_secret: " + "aB3_x-9Q" * 8,
    "a key of a knowledge base": "app-" + "q8Vn3Kw7Lp2Rs9Mx4TbYdWcE",
    "a key of AnythingLLM": "Q8VN3KW-7LP2RS9-" + "MX4TBYD-WCE5GHJ",
    "a key of a model's provider": "sk-" + "q8Vn3Kw7Lp2Rs9Mx4TbYd",
    "a token of GitHub": "ghp_" + "q8Vn3Kw7Lp2Rs9Mx4TbYdWcE5GhJ6kLm7NpQ",
    "a key of AWS": "AKIA" + "Q8VN3KW7LP2RS9MX",
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEAq8Vn3Kw7",
    "a signed token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiJxOHZuM2t3In0.q8Vn3Kw7Lp2Rs9Mx4",
}


def test_every_shape_has_an_example() -> None:
    assert set(REAL) == set(SHAPES)


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize("around", ["{}", "first line\nKEY={}\n", '{{"key": "{}"}}', "curl -H 'x: {}'"])
def test_a_real_one_is_found_wherever_it_stands(kind: str, around: str) -> None:
    (found,) = secrets_in(around.format(REAL[kind]))

    assert found.kind == kind
    assert found.line == around.partition("{}")[0].count("\n") + 1


@pytest.mark.parametrize(
    "text",
    [
        "LTAI5tEXAMPLE7Lp2Rs9Mx4",
        "export KEY=app-XXXXXXXXXXXXXXXXXXXXXXXX",
        "client_secret: env:DINGTALK_CLIENT_SECRET",
        "sha256 " + "9f3c" * 16,
        "a sk-short one",
    ],
)
def test_what_is_none_is_left_alone(text: str) -> None:
    assert list(secrets_in(text)) == []


def test_the_command_names_the_place_and_not_the_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = REAL["a key of a model's provider"]
    (tmp_path / "notes.md").write_text(f"one\n{secret}\n", encoding="utf-8")

    assert main([str(tmp_path / "notes.md")]) == 1
    said = capsys.readouterr().err
    assert "notes.md:2" in said
    assert secret not in said


def test_no_file_of_this_repository_holds_one() -> None:
    assert main([]) == 0
