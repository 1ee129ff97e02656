"""Which settings differ between two deployments, by name. Pure: values leave as fingerprints only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_NAMED = 20
#: What says who is answered, how much and from what.
_POLICY = ("access", "canary", "experts", "grants", "limits", "roles", "routes", "safety")
#: What keeps words from people.
_FILTERS = ("safety.words", "safety.moderation")


def fingerprints(settings: object) -> dict[str, str]:
    """Each setting's path, and a short hash of its value."""
    found: dict[str, str] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                walk(f"{path}.{name}" if path else str(name), inner)
        else:
            found[path] = _fingerprint(value)

    walk("", msgspec.to_builtins(settings))
    return found


def changed(before: dict[str, str], now: dict[str, str]) -> str:
    """The paths that differ, as one text; empty: none."""
    return _listed(_differing(before, now))


def acts_of(before: dict[str, str], now: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The acts that a change of settings is, each with the paths that it is about.

    Names of `vocabulary.py`. Of a deployment that was not seen before it is one act.
    """
    if not before:
        yield "settings.changed", "first seen"
        return
    paths = _differing(before, now)
    if paths:
        yield "settings.changed", _listed(paths)
    if policy := [path for path in paths if path.partition(".")[0] in _POLICY]:
        yield "policy.changed", _listed(policy)
    if off := [name for name in _FILTERS if _is_on(before, name) and not _is_on(now, name)]:
        yield "filter.off", _listed(off)


def _differing(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [path for path in sorted(before.keys() | now.keys()) if before.get(path) != now.get(path)]


def _listed(paths: Iterable[str]) -> str:
    paths = list(paths)
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(paths[:_MOST_NAMED]) + more


def _is_on(found: dict[str, str], name: str) -> bool:
    """Whether the setting is there and is not empty."""
    inside = [path for path in found if path == name or path.startswith(f"{name}.")]
    return any(found[path] not in _NOTHING for path in inside)


def _fingerprint(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:12]


_EMPTY: tuple[object, ...] = (None, (), {}, "")
_NOTHING = frozenset(_fingerprint(empty) for empty in _EMPTY)
