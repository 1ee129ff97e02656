"""Values of `robot_header_sign` and `card_callback_signature` in the published and recomputed vector set."""

from __future__ import annotations

import pytest

from emulators.dingtalk.pushing.signing import card_headers, card_sign, robot_headers, robot_sign


@pytest.mark.parametrize(
    ("timestamp", "secret", "sign"),
    [
        ("1577262236757", "this is a secret", "DJrE6qdyVGCQz9z5r2MDuNcNAhwYnuAkyj13cx169CA="),
        (
            "1767225600123",
            "exampleSecret_0123456789-abcdefABCDEF",
            "SBCP5YTQ1DbwTYxAEDSa5BaEzsT2A8uq0Njb8IwR/GQ=",
        ),
        (
            "1767229200123",
            "exampleSecret_0123456789-abcdefABCDEF",
            "0b7Poi5FS+frKTQN7A9QU6NTMvKY3zVDmHQgmlw9k2A=",
        ),
    ],
)
def test_a_robot_message_is_signed_as_dingtalk_documents(timestamp: str, secret: str, sign: str) -> None:
    assert robot_sign(timestamp, secret) == sign
    assert robot_headers(int(timestamp), secret) == {"timestamp": timestamp, "sign": sign}


@pytest.mark.parametrize(
    ("timestamp", "sign"),
    [
        ("1767225600123", "Etbzo68rkrbYHi1uY4Qc7nxR054cfYh9a+PLMyM/JwY="),
        ("1767225660456", "ZUSb372USR1PWZmovA2dYNv2N6q/Vmf+MGe+d+olpts="),
    ],
)
def test_a_card_click_is_signed_over_the_timestamp_alone(timestamp: str, sign: str) -> None:
    assert card_sign(timestamp, "exampleCardApiSecret01") == sign
    assert card_headers(int(timestamp), "exampleCardApiSecret01") == {
        "x-ddpaas-signature-timestamp": timestamp,
        "x-ddpaas-signature": sign,
    }


def test_a_callback_registered_without_a_secret_gets_no_signature() -> None:
    assert card_headers(1767225600123, "") == {}
