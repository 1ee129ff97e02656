from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.rendering.markdown import images, replace_images

TEXT = """流程：![流程图](https://kb.example/a.png "标题")
`![代码](https://kb.example/no.png)`
```
![也是代码](https://kb.example/no.png)
```
[![缩略](https://kb.example/s.png)](https://kb.example/l.png) ![](@lADPmedia)
"""


def test_pictures_are_found_outside_of_code() -> None:
    found = images(TEXT)

    assert [(image.alt, image.url) for image in found] == [
        ("流程图", "https://kb.example/a.png"),
        ("缩略", "https://kb.example/s.png"),
        ("", "@lADPmedia"),
    ]
    assert TEXT[found[0].start : found[0].end] == '![流程图](https://kb.example/a.png "标题")'


def test_an_uploaded_picture_gets_its_media_id() -> None:
    new = replace_images(TEXT, {"https://kb.example/a.png": "@lADP1", "https://kb.example/s.png": "@lADP2"})

    assert new.startswith("流程：![流程图](@lADP1)\n")
    assert "[![缩略](@lADP2)](https://kb.example/l.png) ![](@lADPmedia)" in new
    assert new.count("https://kb.example/no.png") == 2


def test_one_that_cannot_be_had_becomes_a_link() -> None:
    targets = {"https://kb.example/a.png": None}

    assert replace_images("![图](https://kb.example/a.png)", targets) == "[图](https://kb.example/a.png)"
    assert replace_images("![](https://kb.example/a.png)", targets) == (
        "[https://kb.example/a.png](https://kb.example/a.png)"
    )


def test_the_same_picture_is_replaced_wherever_it_stands() -> None:
    assert replace_images("![a](u) ![b](u)", {"u": "@x"}) == "![a](@x) ![b](@x)"


@given(st.text(alphabet="![]()`\\ab\n> <\"'~"))
def test_pictures_are_where_they_are_said_to_be(text: str) -> None:
    found = images(text)

    assert all(text[image.start : image.end].startswith("![") for image in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert replace_images(text, {}) == text
