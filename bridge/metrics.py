"""What happened, in Prometheus' text format. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridge.app import Bridge

_GAUGE, _COUNTER = "gauge", "counter"


def metrics_text(bridge: Bridge) -> str:
    """Every figure of every bot; the names begin with `rag_bridge_`."""
    lines: list[str] = []
    seen: set[str] = set()
    for kind, name, labels, value in _figures(bridge):
        if name not in seen:
            seen.add(name)
            lines.append(f"# TYPE rag_bridge_{name} {kind}")
        told = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"rag_bridge_{name}{{{told}}} {value:g}")
    return "\n".join(lines) + "\n"


def _figures(bridge: Bridge) -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Sorted by name: the format wants all lines of one figure together."""
    found = [one for bot in bridge.clients for one in _of_a_bot(bridge, bot)]
    return iter(sorted(found, key=lambda one: one[1]))


def _of_a_bot(bridge: Bridge, bot: str) -> Iterator[tuple[str, str, dict[str, str], float]]:
    client, hand_over, own = bridge.clients[bot], bridge.hand_overs[bot], {"bot": bot}
    figures = client.figures
    yield _GAUGE, "connections", own, figures.connected
    if client.frame_age is not None:
        yield _GAUGE, "last_frame_age_seconds", own, client.frame_age
    yield _COUNTER, "connections_opened_total", own, figures.opened
    yield _COUNTER, "openings_refused_total", own, figures.refused
    yield _COUNTER, "openings_failed_total", own, figures.failed
    for reason, times in figures.reasons.items():
        yield _COUNTER, "connections_left_total", {**own, "reason": reason}, times
    for topic, times in figures.pushes.items():
        yield _COUNTER, "pushes_total", {**own, "topic": topic}, times
    for code, times in figures.acks.items():
        yield _COUNTER, "acknowledgements_total", {**own, "code": str(code)}, times
    yield _COUNTER, "acknowledgements_lost_total", own, figures.lost_acks
    yield _COUNTER, "handed_over_total", own, hand_over.handed_over
    yield _COUNTER, "handing_over_seconds_total", own, hand_over.seconds
    yield _COUNTER, "not_queued_total", own, hand_over.not_queued
    yield _COUNTER, "refused_total", own, hand_over.refused
    yield _COUNTER, "given_up_total", own, hand_over.given_up
    yield _GAUGE, "waiting_for_the_queue", own, hand_over.retries.waiting
