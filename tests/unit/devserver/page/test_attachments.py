from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.page.attachments import parts, picture_type, sorted_out
from devserver.page.bodies import Attachment, RefusedError
from emulators.dingtalk import Media, Message, RobotApp
from emulators.dingtalk.organisation.chats import Chats

ROBOT = RobotApp(name="travel", client_id="dingapp1", client_secret="s1")
GROUP = Chats("dingcorp0001").add_group("群", [], [ROBOT])

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00", "image/bmp"),
        (b"BMW und andere", ""),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', ""),
        (b"<script>", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert picture_type(data) == kind


def test_pictures_go_together_and_a_file_alone() -> None:
    picture, file = Attachment("a.png", PNG), Attachment("a.pdf", b"%PDF")

    assert sorted_out([picture, picture]) == ([PNG, PNG], None)
    assert sorted_out([file]) == ([], ("a.pdf", b"%PDF"))
    assert sorted_out([]) == ([], None)
    for mixed in ([picture, file], [file, file]):
        with pytest.raises(RefusedError, match="alone"):
            sorted_out(mixed)


@given(st.lists(st.binary(max_size=20), max_size=3))
def test_no_attachment_is_lost(contents: list[bytes]) -> None:
    try:
        pictures, file = sorted_out([Attachment("a", data) for data in contents])
    except RefusedError:
        return
    assert pictures + ([file[1]] if file else []) == contents


def said(kind: str, content: dict[str, Any], text: str = "") -> Message:
    return Message("msg1==", GROUP, ROBOT, kind, text, content, 1.0, "openapi")


def test_a_message_is_shown_in_its_parts() -> None:
    media = Media(iter("abcdef").__next__)
    code = media.send(PNG, ROBOT).code
    file = media.send(b"%PDF", ROBOT, name="a.pdf").code
    upload = media.upload("image", "a.png", PNG, robot="travel", at=1.0).media_id
    rich = {"content": {"richText": [{"text": "看"}, {"type": "picture", "downloadCode": code}]}}
    picture = {"kind": "picture", "id": code}

    assert parts(said("richText", rich), media) == [{"kind": "text", "text": "看"}, picture]
    assert parts(said("picture", {"content": {"downloadCode": code}}), media) == [picture]
    assert parts(said("file", {"content": {"downloadCode": file}}, "a.pdf"), media) == [
        {"kind": "file", "id": file, "name": "a.pdf", "bytes": 4}
    ]
    assert parts(said("sampleFile", {"mediaId": upload}, "b.png"), media) == [
        {"kind": "file", "id": upload, "name": "b.png", "bytes": 8}
    ]
    assert parts(said("sampleImageMsg", {"photoURL": upload}), media) == [{"kind": "picture", "id": upload}]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text", {"text": {"content": "在吗"}}),
        ("text", {"content": "在吗"}),
        ("markdown", {"title": "t", "text": "x"}),
        ("audio", {"content": {"downloadCode": "dc1", "recognition": "在吗"}}),
        ("sampleImageMsg", {"photoURL": "https://example.com/a.png"}),
    ],
)
def test_words_have_no_parts(kind: str, content: dict[str, Any]) -> None:
    assert parts(said(kind, content, "在吗"), Media(iter("").__next__)) == []
