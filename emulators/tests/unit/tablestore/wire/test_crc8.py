"""The checksum agrees with the SDK's, however long the data."""

from __future__ import annotations

# First: it imports the SDK with the warnings about its C++ codec silenced.
from emulators.tablestore.wire.crc8 import crc8

# isort: split
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tablestore.plainbuffer.plain_buffer_crc8 import PlainBufferCrc8

untimed = settings(deadline=None)


def by_the_sdk(data: bytes) -> int:
    return int(PlainBufferCrc8.crc_bytes(0, data))


@untimed
@given(st.binary(max_size=600))
def test_the_checksum_is_the_sdks(data: bytes) -> None:
    assert crc8(data) == by_the_sdk(data)


@untimed
@given(before=st.binary(max_size=300), after=st.binary(max_size=300))
def test_the_checksum_goes_on_from_that_of_what_comes_before(before: bytes, after: bytes) -> None:
    assert crc8(after, crc8(before)) == crc8(before + after)


@pytest.mark.parametrize("size", [0, 1, 126, 127, 128, 253, 254, 255, 381, 382, 10_000, 123_457])
def test_folding_long_data_does_not_change_it(size: int) -> None:
    data = bytes(number * number % 251 for number in range(size))

    assert crc8(data) == by_the_sdk(data)


def test_the_checksum_of_the_check_string_is_the_published_one() -> None:
    # CRC-8/SMBUS of "123456789".
    assert crc8(b"123456789") == 0xF4
