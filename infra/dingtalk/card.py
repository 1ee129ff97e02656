"""What our AI card shows in each state, and what its buttons send. The format is `template`'s matter.

`rag_on_dingtalk.dingtalk.cards` writes these variables, `dingtalk.inbound.card_action` reads these parameters
and answers with the private variables; a test holds the three together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

#: `flowStatus` of an AI card.
State = Literal[1, 2, 3, 5]


class When(msgspec.Struct, frozen=True):
    """A condition on a variable; one that was never set is equal to nothing."""

    variable: str
    op: Literal["equal", "notEqual"]
    value: str


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """private: everybody has a value of their own, which the answer to their click sets."""

    name: str
    kind: Literal["string", "markdown"] = "string"
    private: bool = False
    about: str
    example: str = ""


class Sent(msgspec.Struct, frozen=True):
    """A parameter whose value is a variable's."""

    variable: str


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A button, or without parameters a word that cannot be clicked.

    id: the click's `actionId`, unique in a state.
    shown: all must hold.
    """

    id: str
    text: str
    params: Mapping[str, str | Sent] = {}
    shown: tuple[When, ...] = ()


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A small grey line; `${name}` in it is a variable."""

    text: str
    shown: tuple[When, ...] = ()


class Pending(msgspec.Struct, frozen=True):
    """The platform's own waiting line, the only thing that may stand in 处理中."""

    text: str


class Markdown(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. streaming: 流式组件, without which frames are not shown while they come."""

    variable: str
    streaming: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Buttons side by side."""

    buttons: tuple[Button, ...]
    shown: tuple[When, ...] = ()


Part = Text | Pending | Markdown | Button | Row

VARIABLES = (
    Variable(name="content", kind="markdown", about="回答，流式更新", example="每晚不超过 **500 元**。"),
    Variable(name="question", about="问题，最多 200 字", example="出差住宿标准是多少？"),
    Variable(name="suggestion1", about="建议问题一，空则不显示", example="餐费标准是多少？"),
    Variable(name="suggestion2", about="建议问题二，空则不显示", example="怎么报销？"),
    Variable(name="suggestion3", about="建议问题三，空则不显示"),
    Variable(name="feedback", private=True, about="点击者的评价：like 或 dislike"),
    Variable(name="stopping", private=True, about="点击者已点停止：true"),
    Variable(name="retried", private=True, about="点击者已点重新回答：true"),
    Variable(name="asked", private=True, about="点击者已问建议问题：true"),
    Variable(name="offer", about="权限按钮：request 申请，approve 审批，again 再问；空则不显示"),
    Variable(name="fresh", about="回答是之前的：true，按钮是「重新查询」"),
    Variable(name="deeper", about="有更深入的一档：true，多一个按钮"),
    Variable(name="deepened", private=True, about="点击者已要更深入的回答：true"),
    Variable(name="requested", private=True, about="点击者已申请权限：true"),
    Variable(name="decided", private=True, about="点击者已审批：true"),
)

REASONS = ("答非所问", "内容过时", "来源不对", "不完整")

_QUOTE = Text(text="${question}", shown=(When("question", "notEqual", ""),))
_STOP = (
    Button(
        id="stop",
        text="⏹ 停止",
        params={"action": "stop"},
        shown=(When("stopping", "notEqual", "true"),),
    ),
    Button(id="stopping", text="正在停止…", shown=(When("stopping", "equal", "true"),)),
)
_SUGGESTIONS = tuple(
    Button(
        id=f"ask_{number}",
        text=f"${{suggestion{number}}}",
        params={"action": "ask", "question": Sent(f"suggestion{number}")},
        shown=(When(f"suggestion{number}", "notEqual", ""), When("asked", "notEqual", "true")),
    )
    for number in (1, 2, 3)
)
#: Answers are rated; what is said about access is not.
_NO_OFFER = When("offer", "equal", "")
_RATING = Row(
    shown=(_NO_OFFER,),
    buttons=(
        Button(
            id="like",
            text="👍 有帮助",
            params={"action": "like"},
            shown=(When("feedback", "notEqual", "like"),),
        ),
        Button(id="liked", text="👍 已评价", shown=(When("feedback", "equal", "like"),)),
        Button(
            id="dislike",
            text="👎 没帮助",
            params={"action": "dislike"},
            shown=(When("feedback", "notEqual", "dislike"),),
        ),
        Button(id="disliked", text="👎 已评价", shown=(When("feedback", "equal", "dislike"),)),
    ),
)
# The 👎 counts at once; a reason replaces it with one that says why.
_DISLIKED = (When("feedback", "equal", "dislike"), _NO_OFFER)
_WHY: tuple[Part, ...] = (
    Text(text="哪里不好？可再点一项", shown=_DISLIKED),
    *(
        Row(
            buttons=tuple(
                Button(
                    id=f"dislike_{REASONS.index(reason) + 1}",
                    text=reason,
                    params={"action": "dislike", "reason": reason},
                )
                for reason in pair
            ),
            shown=_DISLIKED,
        )
        for pair in (REASONS[:2], REASONS[2:])
    ),
)
_RETRY = (
    Button(
        id="retry",
        text="重新回答",
        params={"action": "retry"},
        shown=(When("retried", "notEqual", "true"), When("fresh", "notEqual", "true"), _NO_OFFER),
    ),
    Button(
        id="fresh",
        text="重新查询",
        params={"action": "retry"},
        shown=(When("retried", "notEqual", "true"), When("fresh", "equal", "true"), _NO_OFFER),
    ),
    Button(id="retried", text="已重新提问", shown=(When("retried", "equal", "true"),)),
)

_DEEPER = (
    Button(
        id="deeper",
        text="更深入的回答",
        params={"action": "deeper"},
        shown=(When("deeper", "equal", "true"), When("deepened", "notEqual", "true"), _NO_OFFER),
    ),
    Button(id="deepened", text="已去问更深入的一档", shown=(When("deepened", "equal", "true"),)),
)

_REQUEST = (
    Button(
        id="request",
        text="申请权限",
        params={"action": "request"},
        shown=(When("offer", "equal", "request"), When("requested", "notEqual", "true")),
    ),
    Text(
        text="已申请，等负责人处理",
        shown=(When("offer", "equal", "request"), When("requested", "equal", "true")),
    ),
)
_APPROVE: tuple[Part, ...] = (
    *(
        Row(
            buttons=tuple(Button(id=id_, text=text, params=params) for id_, text, params in pair),
            shown=(When("offer", "equal", "approve"), When("decided", "notEqual", "true")),
        )
        for pair in (
            (
                ("approve_1", "批准 1 小时", {"action": "approve", "hours": "1"}),
                ("approve_24", "批准 1 天", {"action": "approve", "hours": "24"}),
            ),
            (
                ("approve_168", "批准 7 天", {"action": "approve", "hours": "168"}),
                ("reject", "拒绝", {"action": "reject"}),
            ),
        )
    ),
    Text(text="已处理", shown=(When("offer", "equal", "approve"), When("decided", "equal", "true"))),
)
_AGAIN = (
    Button(
        id="again",
        text="再问一次",
        params={"action": "retry"},
        shown=(When("offer", "equal", "again"), When("retried", "notEqual", "true")),
    ),
)

STATES: Mapping[State, tuple[Part, ...]] = {
    1: (Pending("正在查询…"),),
    2: (_QUOTE, Markdown(variable="content", streaming=True), *_STOP),
    3: (
        _QUOTE,
        Markdown(variable="content"),
        *_SUGGESTIONS,
        Text(text="已提问，回答在下一张卡片里", shown=(When("asked", "equal", "true"),)),
        _RATING,
        *_WHY,
        *_REQUEST,
        *_APPROVE,
        *_AGAIN,
        *_DEEPER,
        *_RETRY,
    ),
    5: (_QUOTE, Markdown(variable="content"), *_RETRY),
}
