"""Which route or rule covers another: holds wherever the other holds. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.settings.sections.access import When

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rag_on_dingtalk.settings.sections.access import Route, Subjects

#: What subjects name, each a list of which one is enough.
LISTS = ("users", "roles", "departments", "groups")


def home_of(name: str, routes: Sequence[Route]) -> str:
    """The route that a canary stands in for, by name; any other route is its own.

    name: empty: the first one.
    """
    route = next((one for one in routes if one.name == name), None)
    if route is None:
        return name or (routes[0].name if routes else "")
    stable = stable_of(route, routes) if route.of_experiment else None
    return name if stable is None else stable.name


def stable_of(route: Route, routes: Iterable[Route]) -> Route | None:
    """The route that answers those who are not in this canary; None where there is none."""
    return next((one for one in routes if not one.of_experiment and covers(one.when, route.when)), None)


def covers(wide: Subjects, narrow: Subjects) -> bool:
    """Whether `wide` certainly holds wherever `narrow` does."""
    for key in LISTS:
        listed, among = getattr(wide, key), getattr(narrow, key)
        if listed and not (among and set(among) <= set(listed)):
            return False
    for key in ("chat", "external"):
        wanted = getattr(wide, key)
        if wanted is not None and wanted != getattr(narrow, key):
            return False
    if isinstance(wide, When):
        return wide.percent is None and isinstance(narrow, When) and _covers_words(wide, narrow)
    return True


def _covers_words(wide: When, narrow: When) -> bool:
    if wide.question is None:
        return True
    wanted, asked = wide.question, narrow.question
    if asked is None or asked.longer_than < wanted.longer_than or asked.depth < wanted.depth:
        return False
    for shape in ("code", "table", "several_questions", "files"):
        if getattr(wanted, shape) not in (None, getattr(asked, shape)):
            return False
    return all(
        not one or (bool(other) and set(other) <= set(one))
        for one, other in ((wanted.words, asked.words), (wanted.regex, asked.regex))
    )
