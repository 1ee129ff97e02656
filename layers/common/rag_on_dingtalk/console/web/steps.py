"""The steps of a question in the order of time, as a drawing with a list behind it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.console.web.html import Markup, el, join

if TYPE_CHECKING:
    from rag_on_dingtalk.console.web.language import Say

_STEPS = {
    "asked": ("收到消息", "Asked"),
    "claimed": ("开始处理", "Claimed"),
    "first_piece": ("知识库给出第一段", "First text of the knowledge base"),
    "first_frame": ("卡片上出现文字", "First text on the card"),
    "closed": ("答完", "Complete"),
    "notified": ("在群里 @ 了提问人", "The asker was mentioned"),
}
_WIDTH, _ROW = 640, 30


def steps(say: Say, reached: tuple[tuple[str, int], ...]) -> Markup:
    """The steps in the order of time, drawn and as a list."""
    ordered = sorted(reached, key=lambda step: step[1])
    if not ordered:
        return el("p", "—")
    first, last = ordered[0][1], max(ordered[-1][1], ordered[0][1] + 1)
    bars = []
    for row, (name, at_ms) in enumerate(ordered):
        before = ordered[row - 1][1] if row else first
        left, right = ((moment - first) / (last - first) * (_WIDTH - 8) for moment in (before, at_ms))
        label = say(*_STEPS.get(name, (name, name)))
        y = row * _ROW
        bars.append(
            el(
                "rect",
                x=round(left, 1),
                y=y + 18,
                width=round(max(right - left, 4), 1),
                height=8,
                rx=4,
                class_="span a",
            )
        )
        bars.append(el("text", f"{label}  +{say.duration(at_ms - first)}", x=0, y=y + 13))
    drawn = el(
        "svg",
        join(bars),
        viewBox=f"0 0 {_WIDTH} {len(ordered) * _ROW}",
        role="img",
        aria_label=say("每一步用了多久", "How long each step took"),
        class_="plot",
    )
    listed = [
        el(
            "li",
            say.clock(at_ms),
            " · ",
            say(*_STEPS.get(name, (name, name))),
            " · +",
            say.duration(at_ms - first),
        )
        for name, at_ms in ordered
    ]
    return join(
        (
            el("div", drawn, class_="scroll", tabindex=0),
            el("details", el("summary", say("逐步看", "Step by step")), el("ol", listed, class_="steps")),
        )
    )
