"""DingTalk's signatures and envelope against vectors made by other implementations (tests/vectors)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.dingtalk import envelope
from rag_on_dingtalk.dingtalk.signature import (
    card_sign,
    card_signature_is_valid,
    robot_sign,
    robot_signature_is_valid,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "dingtalk-crypto.json").read_text(encoding="utf-8")
)
EVENTS = VECTORS["event_callback"]["vectors"]
NEGATIVE = VECTORS["event_callback"]["negative"]


def name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS["robot_header_sign"]["vectors"], ids=name)
def test_robot_header_sign(vector: dict[str, str]) -> None:
    assert vector["sign"] == robot_sign(vector["timestamp"], vector["app_secret"])
    assert robot_signature_is_valid(vector["timestamp"], vector["sign"], ["another", vector["app_secret"]])


@pytest.mark.parametrize("vector", VECTORS["card_callback_signature"]["vectors"], ids=name)
def test_card_callback_signature(vector: dict[str, str]) -> None:
    timestamp, signature = vector["header_timestamp"], vector["header_signature"]
    assert signature == card_sign(timestamp, vector["api_secret"])
    assert card_signature_is_valid(timestamp, signature, vector["api_secret"])
    assert not card_signature_is_valid(timestamp + "0", signature, vector["api_secret"])


@pytest.mark.parametrize("vector", EVENTS, ids=name)
def test_envelope_is_made_and_opened_as_others_do(vector: dict[str, str]) -> None:
    key = envelope.decode_key(vector["encoding_aes_key"])
    message = vector["plaintext"].encode()

    assert vector["encrypt"] == envelope.encrypt(
        message, key, vector["owner_key"], vector["random16"].encode()
    )
    opened = envelope.decrypt(vector["encrypt"], key, ("another", vector["owner_key"]))
    assert opened == envelope.Opened(message, vector["owner_key"])


@pytest.mark.parametrize("vector", EVENTS, ids=name)
def test_envelope_signature(vector: dict[str, str]) -> None:
    assert envelope.signature_is_valid(
        vector["signature"], vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"]
    )


@pytest.mark.parametrize("vector", NEGATIVE, ids=name)
def test_what_must_be_refused_is_refused(vector: dict[str, str]) -> None:
    signed = envelope.signature_is_valid(
        vector["signature"], vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"]
    )
    if "signature mismatch" in vector["expect"]:
        assert not signed
        return
    assert signed
    with pytest.raises(envelope.EnvelopeError):
        envelope.decrypt(
            vector["encrypt"], envelope.decode_key(vector["encoding_aes_key"]), (vector["owner_key"],)
        )


def test_a_wrong_owner_is_told_apart_and_named() -> None:
    vector = next(vector for vector in NEGATIVE if vector["name"] == "wrong_owner_key")

    with pytest.raises(envelope.WrongOwnerError, match="expected one of 'dingexample0appkey02'"):
        envelope.decrypt(
            vector["encrypt"], envelope.decode_key(vector["encoding_aes_key"]), (vector["owner_key"],)
        )


KEY = envelope.decode_key(EVENTS[0]["encoding_aes_key"])


@given(
    message=st.binary(max_size=200), owner=st.text(max_size=20), random16=st.binary(min_size=16, max_size=16)
)
def test_any_message_comes_back(message: bytes, owner: str, random16: bytes) -> None:
    sealed = envelope.encrypt(message, KEY, owner, random16)

    assert envelope.decrypt(sealed, KEY, (owner,)) == envelope.Opened(message, owner)


@given(garbage=st.one_of(st.text(max_size=120), st.binary(max_size=120).map(lambda raw: raw.hex())))
def test_garbage_is_an_envelope_error_and_nothing_else(garbage: str) -> None:
    with pytest.raises(envelope.EnvelopeError):
        envelope.decrypt(garbage, KEY, ("owner",))
