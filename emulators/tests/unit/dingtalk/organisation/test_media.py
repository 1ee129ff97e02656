from __future__ import annotations

from itertools import count

from emulators.dingtalk.organisation.media import Media
from emulators.dingtalk.organisation.people import RobotApp

ROBOT = RobotApp(name="travel", client_id="dingapp1", client_secret="s1")


def media() -> Media:
    ids = count(1)
    return Media(lambda: str(next(ids)))


def test_what_is_sent_is_found_by_its_code() -> None:
    one = media()
    sent = one.send(b"%PDF", ROBOT, name="a.pdf")

    assert one.sent(sent.code) is sent
    assert (sent.code, sent.robot, sent.name, sent.data) == ("dc1", ROBOT, "a.pdf", b"%PDF")
    assert one.sent("dc2") is None


def test_uploads_are_told_apart_even_when_their_bytes_are_the_same() -> None:
    one = media()
    first = one.upload("image", "a.png", b"1", robot="travel", at=1.0)
    second = one.upload("image", "a.png", b"1", robot="travel", at=2.0)

    assert one.uploads == [first, second]
    assert one.find(first.media_id) is first
    assert first.media_id != second.media_id
    assert first.media_id.startswith("@lAD")


def test_a_code_is_no_media_id() -> None:
    one = media()
    sent = one.send(b"1", ROBOT)
    upload = one.upload("file", "a.pdf", b"1", robot="travel", at=1.0)

    assert one.find(sent.code) is None
    assert one.sent(upload.media_id) is None


def test_contents_stay_out_of_what_is_printed() -> None:
    one = media()

    assert "secret" not in repr(one.send(b"secret", ROBOT))
    assert "secret" not in repr(one.upload("image", "a.png", b"secret", robot="travel", at=1.0))
