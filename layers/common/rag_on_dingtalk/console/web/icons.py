"""Small drawings of our own: no emoji font is needed, and nothing comes from elsewhere. Pure."""

from __future__ import annotations

from rag_on_dingtalk.console.web.html import Markup, el

_STROKES = {
    "overview": "M4 20V10M10 20V4M16 20v-7M21 20H3",
    "questions": "M4 5h16v11H9l-5 4z",
    "gaps": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.4 2.3c-.6.3-.9.8-.9 1.7M12 16.5v.5",
    "skills": "M5 4h10l4 4v12H5zM9 12h6M9 16h6",
    "evaluation": "M5 6l1.500 1.500L9 5M5 12l1.500 1.500L9 11M5 18l1.500 1.500L9 17M12 6h8M12 12h8M12 18h8",
    "access": "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
    "limits": "M4 18a8 8 0 1 1 16 0M12 18l4-6",
    "canary": "M6 4v6a4 4 0 0 0 4 4h8M14 10l4 4-4 4M6 14v6",
    "incidents": "M12 4l9 16H3zM12 10v4M12 17v.5",
    "audit": "M6 3h9l4 4v14H6zM9 11h7M9 15h7M9 7h3",
    "health": "M3 12h4l3-7 4 14 3-7h4",
    "settings": "M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6",
    "like": "M7 11v9H4v-9zM7 11l4-8c1.5 0 2.5 1 2.2 2.5L12.500 10H19c1 0 1.700 1 1.400 2l-2 7c-.2.6-.7 1-1.400 1H7",
    "dislike": "M17 13V4h3v9zM17 13l-4 8c-1.500 0-2.500-1-2.200-2.500L11.500 14H5c-1 0-1.700-1-1.400-2l2-7c.2-.6.7-1 1.400-1h10",
    "ok": "M5 12l5 5 9-10",
    "no": "M6 6l12 12M18 6L6 18",
}


def icon(name: str, label: str = "") -> Markup:
    """A drawing; label: what it says to those who do not see it, empty where the words beside it do."""
    path = el(
        "path",
        d=_STROKES[name],
        fill="none",
        stroke="currentColor",
        stroke_width=1.8,
        stroke_linecap="round",
        stroke_linejoin="round",
    )
    if label:
        return el("svg", el("title", label), path, viewBox="0 0 24 24", role="img", width=16, height=16)
    return el("svg", path, viewBox="0 0 24 24", aria_hidden="true", width=16, height=16)


def mark() -> Markup:
    """The console's own sign: a speech bubble with a line that rises."""
    bubble = el(
        "path",
        d="M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-6 5v-5H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z",
        fill="#0b63ce",
    )
    line = el(
        "path",
        d="M6 12l4-3 3 2 5-5",
        fill="none",
        stroke="#fff",
        stroke_width=2,
        stroke_linecap="round",
        stroke_linejoin="round",
    )
    return el("svg", bubble, line, viewBox="0 0 24 24", aria_hidden="true")
