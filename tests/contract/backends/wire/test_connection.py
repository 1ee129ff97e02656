"""Every backend: how it is reached, how many questions at once, and that nothing of it is logged."""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization

from rag_on_dingtalk.backends.transport.http import client_for
from rag_on_dingtalk.errors import ConfigurationError, FailureKind
from rag_on_dingtalk.settings.sections.backends import Connection, Timeouts
from rag_on_dingtalk.testing.outcome import ASK, outcome, soon
from rag_on_dingtalk.testing.scripted import LAST_CHUNK, Move, ScriptedServer, chunk, head, stream
from tests.contract.backends.certificates import Authority
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.outcome import Outcome


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def tls_server(
    authority: Authority, *, wants_certificate: bool = False
) -> AsyncIterator[ScriptedServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.load_cert_chain(*authority.sign("server"))
    if wants_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    scripted = ScriptedServer()
    listening = await scripted.start(context)
    yield scripted
    await scripted.stop(listening)


async def heard(dialect: Dialect, server: ScriptedServer, connection: Connection, url: str = "") -> Outcome:
    server.will(stream([dialect.text("补卡"), dialect.end()]))
    async with client_for(connection) as http:
        return await soon(outcome(dialect.build(url or server.url, http)))


async def test_a_private_authority_is_trusted_when_it_is_named(
    dialect: Dialect, authority: Authority
) -> None:
    async with tls_server(authority) as server:
        named = await heard(dialect, server, Connection(ca_file=authority.file))
        unnamed = await heard(dialect, server, Connection())

    assert (named.error, named.text) == (None, "补卡")
    assert unnamed.kind is FailureKind.UNREACHABLE
    assert "backend.connection.ca_file" in str(unnamed.error)


async def test_the_certificate_of_another_authority_is_not_trusted(
    dialect: Dialect, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    async with tls_server(authority) as server:
        seen = await heard(dialect, server, Connection(ca_file=other.file))

    assert seen.kind is FailureKind.UNREACHABLE
    assert server.received == []


# Python 3.10 calls a transport unclosed whose connection the other side has ended.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function _SSLProtocolTransport")
async def test_a_client_certificate_is_shown_to_a_server_that_wants_one(
    dialect: Dialect, authority: Authority
) -> None:
    certificate, key = authority.sign("client")
    async with tls_server(authority, wants_certificate=True) as server:
        without = await heard(dialect, server, Connection(ca_file=authority.file))
        asked_without = list(server.received)
        shown = Connection(ca_file=authority.file, client_certificate=certificate, client_key=key)
        server.scripts.clear()
        seen = await heard(dialect, server, shown)

    assert without.kind is FailureKind.UNREACHABLE
    assert asked_without == []
    assert (seen.error, seen.text) == (None, "补卡")


async def test_a_proxy_is_given_the_whole_address(dialect: Dialect, server: ScriptedServer) -> None:
    seen = await heard(dialect, server, Connection(proxy=server.url), "http://kb.example.com")

    assert (seen.error, seen.text) == (None, "补卡")
    assert server.received[0].path.startswith("http://kb.example.com/")


async def test_a_proxy_in_the_environment_is_not_taken(
    dialect: Dialect, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert (await heard(dialect, server, Connection())).error is None


@pytest.mark.parametrize("setting", ["ca_file", "client_certificate", "proxy"])
@pytest.mark.parametrize("value", ["missing", "garbage"])
def test_connection_settings_that_cannot_be_used_are_named(setting: str, value: str, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no certificate")
    place = str(tmp_path / "missing.pem") if value == "missing" else str(garbage)

    settings: dict[str, Any] = {setting: place}

    with pytest.raises(ConfigurationError, match=rf"backend\.connection\.{setting} .*must"):
        client_for(Connection(**settings))


async def test_a_key_with_a_password_is_refused_without_a_prompt(
    authority: Authority, tmp_path: Path
) -> None:

    certificate, key_file = authority.sign("locked")
    with open(key_file, "rb") as file:  # noqa: PTH123, ASYNC230 - a small file of the test's own
        key = serialization.load_pem_private_key(file.read(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(ConfigurationError, match="without a password"):
        client_for(Connection(client_certificate=certificate, client_key=str(locked)))


async def test_no_more_questions_are_in_flight_than_allowed(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = dialect.build(server.url, http, connection=Connection(concurrency=1))
    gate = asyncio.Event()
    whole = chunk(dialect.text("补卡") + dialect.end())
    server.will([head(), gate, whole, LAST_CHUNK])
    server.will([head(), whole, LAST_CHUNK])

    first = asyncio.ensure_future(outcome(backend))
    await soon(server.asked.wait())
    second = asyncio.ensure_future(outcome(backend))
    # The other backend's answer is the clock: had the second question been sent, it would be there by then.
    other = ScriptedServer()
    listening = await other.start()
    other.will([head(), whole, LAST_CHUNK])
    await soon(outcome(dialect.build(other.url, http)))
    await other.stop(listening)
    assert len(server.received) == 1
    gate.set()

    assert [seen.text for seen in await soon(asyncio.gather(first, second))] == ["补卡", "补卡"]
    assert len(server.received) == 2


async def test_a_question_that_gets_no_place_is_told_that_it_is_busy(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    dialect = AnythingLLMDialect()
    server.will([head(), chunk(dialect.text("补卡")), Move.STAY_SILENT])
    backend = dialect.build(
        server.url, http, Timeouts(first_byte=0.5, idle=60.0), connection=Connection(concurrency=1)
    )
    heard_first = asyncio.Event()
    first = asyncio.ensure_future(outcome(backend, on_text=heard_first.set))
    await soon(heard_first.wait())

    seen = await soon(outcome(backend))

    assert seen.kind is FailureKind.BUSY
    assert "backend.connection.concurrency" in str(seen.error)
    first.cancel()
    await soon(asyncio.wait({first}))


async def test_a_place_is_free_again_after_a_cancelled_question(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = dialect.build(server.url, http, connection=Connection(concurrency=1))
    server.will([Move.STAY_SILENT])
    asking = asyncio.ensure_future(outcome(backend))
    await soon(server.asked.wait())
    asking.cancel()
    await soon(asyncio.wait({asking}))

    server.will(stream([dialect.text("补卡"), dialect.end()]))

    assert (await soon(outcome(backend))).text == "补卡"


async def test_the_key_is_in_no_log_line(
    dialect: Dialect, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    assert (await heard(dialect, server, Connection())).text == "补卡"

    told = [*caplog.messages, *(repr(record.__dict__) for record in caplog.records)]
    assert server.received[0].headers["authorization"] == f"Bearer {dialect.key}"
    assert not any(dialect.key in line or ASK.text in line for line in told)
