from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.dingtalk.pushing.sayings import PICTURE_PLACE, SAMPLE_PICTURE, saying

PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.mark.parametrize(
    ("said", "is_group", "kind"),
    [
        ({"text": "在吗"}, False, "text"),
        ({"text": "", "pictures": [PNG]}, False, "picture"),
        ({"text": "", "pictures": [PNG]}, True, "richText"),
        ({"text": "", "pictures": [PNG, PNG]}, False, "richText"),
        ({"text": "看图", "pictures": [PNG]}, False, "richText"),
        ({"text": "", "file": ("a.pdf", b"%PDF")}, False, "file"),
        ({"text": "看图", "kind": "richText"}, True, "richText"),
    ],
)
def test_what_is_said_decides_the_kind(said: dict[str, Any], is_group: bool, kind: str) -> None:  # noqa: FBT001 - parametrised
    assert saying(**said, is_group=is_group).kind == kind


def test_a_picture_whose_bytes_do_not_matter_is_a_pixel() -> None:
    assert saying("", is_group=False, kind="picture").pictures == (SAMPLE_PICTURE,)
    assert saying("看图", is_group=True, kind="richText").runs == ["看图", SAMPLE_PICTURE]


def test_a_file_is_shown_by_its_name() -> None:
    said = saying("", is_group=False, file=("制度.pdf", b"%PDF"))

    assert (said.shown, said.data) == ("制度.pdf", b"%PDF")


@pytest.mark.parametrize(
    ("said", "is_group", "reason"),
    [
        ({"text": "看", "file": ("a.pdf", b"1")}, False, "alone, without words"),
        ({"text": "", "file": ("a.pdf", b"1"), "pictures": [PNG]}, False, "holds no pictures"),
        ({"text": "", "file": ("a.pdf", b"1"), "kind": "text"}, False, "alone"),
        ({"text": "", "file": ("a.pdf", b"1")}, True, "delivers no file"),
        ({"text": "看", "pictures": [PNG], "kind": "text"}, False, "holds no pictures"),
        ({"text": "看", "pictures": [PNG], "kind": "picture"}, False, "sent alone"),
        ({"text": "", "pictures": [PNG, PNG], "kind": "picture"}, False, "sent alone"),
        ({"text": PICTURE_PLACE * 2, "pictures": [PNG]}, False, "more pictures"),
    ],
)
def test_what_no_message_can_be_is_refused(said: dict[str, Any], is_group: bool, reason: str) -> None:  # noqa: FBT001 - parametrised
    with pytest.raises(ValueError, match=reason):
        saying(**said, is_group=is_group)


@given(
    st.lists(st.text(st.characters(exclude_characters=PICTURE_PLACE)), min_size=1, max_size=5), st.booleans()
)
def test_words_and_pictures_keep_their_order(words: list[str], is_group: bool) -> None:  # noqa: FBT001 - generated
    pictures = [bytes([number]) for number in range(len(words))]
    said = saying(PICTURE_PLACE.join(words) + "。", is_group=is_group, pictures=pictures)

    assert [run for run in said.runs if isinstance(run, bytes)] == pictures
    assert "".join(run for run in said.runs if isinstance(run, str)) == said.shown == "".join(words) + "。"
