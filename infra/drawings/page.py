"""A page of the console: its bar, its menu, and rows from top to bottom. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from infra.drawings import shapes
from infra.drawings.shapes import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

_BAR = 44
_SIDE = 190
_LEFT = _SIDE + 28
_RIGHT = WIDTH - 48
_LABEL = 150

#: The menu of an app, as the documentation of August 2026 names it.
APP_MENU = (
    ("", "凭证与基础信息"),
    ("应用能力", "添加应用能力"),
    ("应用能力", "机器人"),
    ("开发配置", "权限管理"),
    ("开发配置", "事件订阅"),
    ("开发配置", "安全设置"),
    ("应用发布", "版本管理与发布"),
)


class Page:
    """Rows are put one below the other; `done` gives the drawing.

    menu: (group, entry) from top to bottom; chosen: the entry that is open.
    """

    def __init__(
        self, name: str, title: str, *, menu: Sequence[tuple[str, str]], chosen: str, address: str
    ) -> None:
        self.name = name
        self._title = title
        self._address = address
        self._parts: list[str] = []
        self._menu_end = self._menu(menu, chosen)
        self._y = float(_BAR + 40)
        self._parts.append(shapes.text(_LEFT, self._y, title, size=18, bold=True))
        self._y += 30

    def _menu(self, menu: Sequence[tuple[str, str]], chosen: str) -> float:
        y, group = _BAR + 16.0, ""
        for above, entry in menu:
            if above != group:
                group = above
                self._parts.append(shapes.text(20, y + 22, group, size=12, kind="quiet"))
                y += 30
            if entry == chosen:
                self._parts.append(shapes.box(8, y, _SIDE - 16, 32, "chosen", edge=False))
            kind = "link" if entry == chosen else "text"
            self._parts.append(shapes.text(28, y + 21, entry, kind=kind, bold=entry == chosen))
            y += 36
        return y

    def field(self, label: str, value: str, *, number: int = 0, action: str = "") -> Page:
        """A label and what stands, or is typed, behind it."""
        self._label(label)
        wide = _RIGHT - _LEFT - _LABEL - (80 if action else 0)
        self._parts.append(shapes.box(_LEFT + _LABEL, self._y, wide, 34, "field"))
        self._parts.append(shapes.text(_LEFT + _LABEL + 12, self._y + 22, value))
        if action:
            self._parts.append(shapes.text(_RIGHT - 64, self._y + 22, action, kind="link"))
        self._mark(number, _LEFT + _LABEL, self._y, _RIGHT - _LEFT - _LABEL, 34)
        self._y += 50
        return self

    def choice(self, label: str, options: Sequence[str], chosen: str, *, number: int = 0) -> Page:
        """A label and options of which one is taken."""
        self._label(label)
        x = _LEFT + _LABEL + 6.0
        for option in options:
            drawn, wide = shapes.radio(x, self._y + 17, option, chosen=option == chosen)
            self._parts.append(drawn)
            if option == chosen:
                self._mark(number, x - 8, self._y, wide - 8, 34)
            x += wide
        self._y += 50
        return self

    def switch(self, label: str, *, on: bool, number: int = 0) -> Page:
        """A label and a switch."""
        self._label(label)
        self._parts.append(shapes.switch(_LEFT + _LABEL + 6, self._y + 7, on=on))
        self._mark(number, _LEFT + _LABEL - 2, self._y, 56, 34)
        self._y += 50
        return self

    def buttons(self, *words: str, primary: str = "", number: int = 0) -> Page:
        """Buttons side by side; the number is at the primary one."""
        x = float(_LEFT)
        for word in words:
            drawn, wide = shapes.button(x, self._y, word, primary=word == primary)
            self._parts.append(drawn)
            if word == primary:
                self._mark(number, x - 4, self._y - 4, wide + 8, 38)
            x += wide + 14
        self._y += 48
        return self

    def table(
        self, columns: Sequence[tuple[str, float]], rows: Sequence[Sequence[str]], *, number: int = 0
    ) -> Page:
        """Columns with the place where each begins, and rows; the number is at the last column."""
        top = self._y
        self._parts.append(shapes.box(_LEFT, top, _RIGHT - _LEFT, 34, "side"))
        for at, row in enumerate((tuple(name for name, _ in columns), *rows)):
            y = top + 34 * at
            if at:
                self._parts.append(shapes.box(_LEFT, y, _RIGHT - _LEFT, 34, "field", round_=0))
            for (_, begin), word in zip(columns, row, strict=True):
                last = begin == columns[-1][1] and at
                kind = "quiet" if not at else "link" if last else "text"
                self._parts.append(shapes.text(_LEFT + 14 + begin, y + 22, word, size=13, kind=kind))
        self._mark(
            number,
            _LEFT + columns[-1][1] + 2,
            top + 36,
            _RIGHT - _LEFT - columns[-1][1] - 6,
            34 * len(rows) - 4,
        )
        self._y = top + 34 * (len(rows) + 1) + 20
        return self

    def note(self, words: str) -> Page:
        """A quiet line."""
        self._parts.append(shapes.text(_LEFT, self._y + 12, words, size=12.5, kind="quiet"))
        self._y += 30
        return self

    def done(self) -> str:
        """The drawing."""
        high = max(self._y, self._menu_end) + 16
        size = f'width="{WIDTH}" height="{high:g}"'
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high:g}" role="img" {size}>',
            f"<title>{escape(self._title)}</title>",
            shapes.styles(),
            shapes.box(0.5, 0.5, WIDTH - 1, high - 1, "ground", round_=8),
            shapes.box(0.5, _BAR, _SIDE, high - _BAR - 1, "side", round_=0),
            f'<path class="edge" d="M0 {_BAR}H{WIDTH}"/>',
            shapes.text(20, 28, "钉钉开发者后台", size=15, bold=True),
            shapes.text(WIDTH - 20, 28, self._address, size=12, kind="quiet", anchor="end"),
        ]
        return "\n".join([*head, *self._parts, "</svg>", ""])

    def _label(self, label: str) -> None:
        self._parts.append(shapes.text(_LEFT, self._y + 22, label, kind="quiet"))

    def _mark(self, number: int, x: float, y: float, wide: float, high: float) -> None:
        if number:
            self._parts.append(shapes.ring(x - 4, y - 4, wide + 8, high + 8))
            self._parts.append(shapes.mark(x + wide + 4, y - 4, number))
