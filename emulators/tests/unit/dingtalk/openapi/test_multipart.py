from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.dingtalk.openapi.multipart import read_form

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def posted(fields: dict[str, str], name: str, data: bytes) -> tuple[str, bytes]:
    """A form as an HTTP client of its own makes writes it."""
    request = httpx.Request("POST", "http://127.0.0.1", data=fields, files={"media": (name, data)})
    return request.headers["content-type"], request.read()


@given(NAMES, st.binary() | st.lists(st.sampled_from([b"\r", b"\n", b"--", b"\0", b"\xff"])).map(b"".join))
def test_every_byte_and_name_comes_out_as_it_went_in(name: str, data: bytes) -> None:
    form = read_form(*posted({"type": "image"}, name, data))

    assert (form["type"].data, form["type"].filename) == (b"image", None)
    assert form["media"].data == data
    # A quotation mark travels as %22, which is then read as one in any case.
    assert form["media"].filename == name.replace("%22", '"')


def test_a_quotation_mark_may_have_a_backslash() -> None:
    raw = (
        b'--b\r\ncontent-disposition: form-data; name="media"; filename="a\\"b\\\\.png"\r\n\r\n1\r\n--b--\r\n'
    )

    assert read_form("multipart/form-data; boundary=b", raw)["media"].filename == 'a"b\\.png'


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("", b""),
        ("application/json", b"{}"),
        ("multipart/form-data", b"--b--"),
        ("multipart/mixed; boundary=b", b"--b--"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--c--"),
        ("multipart/form-data; boundary=b", b'--b\r\ncontent-disposition: form-data; name="media"\r\n\r\n1'),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n1\r\n--b--"),
        ("multipart/form-data; boundary=b", b'--b\r\ncontent-disposition: form-data; name="a"\r\n--b--'),
    ],
)
def test_what_is_no_whole_form_is_refused(content_type: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"form|part"):
        read_form(content_type, raw)


@given(st.text(), st.binary())
def test_no_body_breaks_the_reader(content_type: str, raw: bytes) -> None:
    for kind in (content_type, "multipart/form-data; boundary=b"):
        try:
            read_form(kind, b"--b" + raw + b"\r\n--b--")
        except ValueError:
            continue
