"""Values of `event_callback.vectors` in the published and recomputed vector set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.dingtalk.pushing.envelope import EnvelopeError, EnvelopeKeys, event_signature, seal, unseal

KEYS = EnvelopeKeys(
    token="exampleToken01",
    aes_key="kbtMLrA2q9XcEwY7uZs3HfVj5GdNp8RiT1oKxQeUvC4",
    owner_key="dingexample0appkey01",
)


def test_check_url_is_sealed_as_other_implementations_seal_it() -> None:
    encrypted = (
        "fgL4HVxAYfH/lCHj+eL3rpr1jhDCuN1UnJf8ePPRFHp+SRkMP/Zk99LZ/iABY7T14zhtKkUlPUhZu8X3rstgLtaPzRA4qNG4"
        "wOoqFmx4pVj2BbDq25bxXvHTaGdUa5kF"
    )

    assert seal(KEYS, '{"EventType":"check_url"}', random16=b"abcdefghijklmnop") == encrypted
    assert (
        event_signature(KEYS.token, "1767225600123", "nOnCe8ab", encrypted)
        == "fd09bbcbbc3daacfc428b9c7251587f354cf519d"
    )


def test_the_answer_printed_in_the_documentation_is_opened() -> None:
    keys = EnvelopeKeys(
        token="123456",
        aes_key="1234567890123456789012345678901234567890123",
        owner_key="dingsnotzck6pm5veliw",
    )
    encrypted = "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA=="

    assert unseal(keys, encrypted) == "success"
    assert (
        event_signature("123456", "1614767836", "A7Co0cJLMzIDtMMI", encrypted)
        == "9a95a004dd16f5c307e849b994173f76aa26e5eb"
    )


@given(st.text(), st.binary(min_size=16, max_size=16))
def test_what_is_sealed_can_be_opened(message: str, random16: bytes) -> None:
    assert unseal(KEYS, seal(KEYS, message, random16=random16)) == message


def test_an_envelope_of_another_owner_is_refused() -> None:
    other = EnvelopeKeys(token=KEYS.token, aes_key=KEYS.aes_key, owner_key="dingexamplecorp0001")

    with pytest.raises(EnvelopeError, match="Client ID, not the corpId"):
        unseal(KEYS, seal(other, "success", random16=b"0" * 16))


@given(st.text() | st.binary().map(lambda raw: raw.hex()))
def test_anything_else_is_refused_and_nothing_breaks(encrypted: str) -> None:
    with pytest.raises(EnvelopeError):
        unseal(KEYS, encrypted)
