"""Which address answers what, and what is refused before anything of it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.cloud.fc_web import MAX_BODY_BYTES
from tests.unit.webhook.edge import (
    BOTS,
    ENVIRON,
    PATH_SECRET,
    SAY_NOTHING,
    UNAUTHORIZED,
    Edge,
    card_push,
    click_body,
    event_body,
    event_push,
    http_push,
    message,
    robot_push,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: An authentic push to each route: path → event.
AUTHENTIC: dict[str, Callable[[str], dict[str, Any]]] = {
    "robot": lambda path: robot_push(message(), path),
    "events": lambda path: event_push(event_body(), path),
    "cards": lambda path: card_push(click_body(), path),
}


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.mark.parametrize("route", AUTHENTIC)
def test_each_push_has_its_own_address(edge: Edge, route: str) -> None:
    for other, push in AUTHENTIC.items():
        status, _ = edge.send(push(f"/{route}/handbook"))
        assert (status == 200) is (other == route)
    assert len(edge.queued) == 1


@pytest.mark.parametrize("path", ["/{}/handbook/", "/{}/handbook"])
@pytest.mark.parametrize("route", AUTHENTIC)
def test_a_slash_at_the_end_changes_nothing(edge: Edge, route: str, path: str) -> None:
    assert edge.send(AUTHENTIC[route](path.format(route)))[0] == 200


@pytest.mark.parametrize("route", AUTHENTIC)
def test_a_path_secret_opens_the_address_it_belongs_to(edge: Edge, route: str) -> None:
    assert edge.send(AUTHENTIC[route](f"/{route}/hidden/{PATH_SECRET}"))[0] == 200
    assert len(edge.queued) == 1


@pytest.mark.parametrize("end", ["", "/", "/wrong", f"/{PATH_SECRET}x", "/中文"])
@pytest.mark.parametrize("route", AUTHENTIC)
def test_without_its_path_secret_an_authentic_push_is_refused(edge: Edge, route: str, end: str) -> None:
    assert edge.send(AUTHENTIC[route](f"/{route}/hidden{end}")) == (401, UNAUTHORIZED)
    assert (edge.queued, edge.reasons) == ([], ["path_secret"])


@pytest.mark.parametrize("route", AUTHENTIC)
def test_an_address_without_a_path_secret_takes_none(edge: Edge, route: str) -> None:
    assert edge.send(AUTHENTIC[route](f"/{route}/handbook/guess")) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("route", AUTHENTIC)
@pytest.mark.parametrize(("bot", "reason"), [("nobody", "unknown_bot"), ("nobody/x", "path_secret")])
def test_an_unknown_bot_answers_like_a_bad_signature(edge: Edge, route: str, bot: str, reason: str) -> None:
    assert edge.send(AUTHENTIC[route](f"/{route}/{bot}")) == (401, UNAUTHORIZED)
    assert edge.reasons == [reason]


@pytest.mark.parametrize("route", ["events", "cards"])
def test_a_route_that_a_bot_does_not_use_is_disabled(edge: Edge, route: str) -> None:
    assert edge.send(AUTHENTIC[route](f"/{route}/plain")) == (401, UNAUTHORIZED)
    assert edge.reasons == ["not_configured"]


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (400, b"not http\r\n\r\n"),
        (400, b"[]"),
        (400, b"\xff"),
        (400, b"GET /robot/handbook HTTP/1.1\r\n"),
        (404, robot_push(message(), "/")),
        (404, robot_push(message(), "/robot/")),
        (404, robot_push(message(), "/robot/a/b/c")),
        (404, robot_push(message(), "/other/handbook")),
        (405, robot_push(message(), method="PUT")),
        (413, robot_push("x" * (MAX_BODY_BYTES + 1))),
        (400, b" " * 600_000),
    ],
)
def test_a_malformed_request_is_refused_and_changes_nothing(
    edge: Edge, status: int, event: dict[str, Any] | bytes
) -> None:
    assert status == edge.send(event)[0]
    assert edge.queued == []


def test_size_is_checked_before_the_signature(edge: Edge) -> None:
    assert edge.send(robot_push("x" * (MAX_BODY_BYTES + 1), sign="wrong"))[0] == 413


@pytest.mark.parametrize("route", AUTHENTIC)
@pytest.mark.parametrize(
    "probe",
    [
        lambda path: http_push("", path, method="GET"),
        lambda path: http_push("", path, method="HEAD"),
        lambda path: http_push("", path),
        lambda path: http_push(" \n", path),
        lambda path: {"method": "POST", "path": path, "headers": {}, "query": {}, "body": ""},
    ],
)
@pytest.mark.parametrize("bot", ["handbook", "nobody", "hidden"])
def test_the_consoles_probe_is_answered_whoever_is_asked_for(
    edge: Edge, route: str, probe: Callable[[str], dict[str, Any]], bot: str
) -> None:
    assert edge.send(probe(f"/{route}/{bot}")) == (200, {})
    assert (edge.queued, edge.lines) == ([], [])


@pytest.mark.parametrize("route", AUTHENTIC)
def test_a_refusal_is_one_line_without_the_body(edge: Edge, route: str) -> None:
    event = AUTHENTIC[route](f"/{route}/nobody")

    edge.send(event)

    ((what, fields),) = edge.lines
    assert what == "refused"
    assert fields == {"level": "INFO", "reason": "unknown_bot", "status": 401}


@pytest.mark.parametrize("refuse", [False, True])
def test_no_secret_leaves_by_log_queue_or_answer(*, refuse: bool) -> None:
    edge = Edge(refuse=refuse)
    said = [
        edge.send(push(f"/{route}/{bot}"))
        for route, push in AUTHENTIC.items()
        for bot in (*BOTS, f"hidden/{PATH_SECRET}", "nobody")
    ]

    everything = repr((said, edge.lines, edge.payloads, edge.callback))
    assert [secret for secret in ENVIRON.values() if secret in everything] == []


def test_everything_can_be_prepared_before_the_first_push(edge: Edge) -> None:
    edge.callback.prepare()

    assert [fields["bot"] for what, fields in edge.lines if what == "bot_closed"] == ["unfinished"] * 2
    assert edge.send(robot_push(message())) == (200, SAY_NOTHING)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    edge = Edge()

    assert edge.send(raw + b"\r\n\r\n")[0] in (200, 400, 401, 404, 405, 413)
    assert edge.queued == []


@given(
    route=st.sampled_from(sorted(AUTHENTIC)),
    rest=st.text(max_size=40),
    body=st.text(max_size=200),
    headers=st.dictionaries(
        st.sampled_from(["timestamp", "sign", "x-ddpaas-signature", "x-ddpaas-signature-timestamp"]),
        st.text(max_size=60),
    ),
    query=st.dictionaries(
        st.sampled_from(["signature", "msg_signature", "timestamp", "nonce"]), st.text(max_size=60)
    ),
)
def test_no_unsigned_request_is_ever_queued(
    route: str, rest: str, body: str, headers: dict[str, str], query: dict[str, str]
) -> None:
    edge = Edge()
    event = http_push(body, f"/{route}/{rest}", headers=headers, query=query)

    edge.send(event)

    assert edge.queued == []


@given(route=st.sampled_from(["robot", "cards"]), body=st.text(max_size=400))
def test_no_signed_body_makes_it_raise(route: str, body: str) -> None:
    push = robot_push(body) if route == "robot" else card_push(body)

    assert Edge().send(push)[0] in (200, 400, 401)


@given(plain=st.text(max_size=400))
def test_no_sealed_event_makes_it_raise(plain: str) -> None:
    push = event_push(plain.encode("utf-8", "replace").decode())

    assert Edge().send(push)[0] == 200
