"""The HTTP client of one backend: a pool of its own, with the connection's certificates and proxy."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

import httpx

from rag_on_dingtalk.backends.transport.stream import LIMITS
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.net.clients import trust
from rag_on_dingtalk.net.cookieless import shared_client
from rag_on_dingtalk.observability.quiet import quiet_http_clients

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.sections.backends import Connection


def client_for(connection: Connection) -> httpx.AsyncClient:
    """A client for one backend, to be closed by the caller.

    It opens no connection before the first request, which must come from the event loop that closes it.

    Raises:
        ConfigurationError: a file or the proxy's address cannot be used.
    """
    quiet_http_clients()
    trust = _trust(connection.ca_file, connection.client_certificate, connection.client_key)
    return shared_client(limits=LIMITS, trust=trust, proxy=_proxy(connection.proxy))


@cache
def _trust(ca_file: str, client_certificate: str, client_key: str) -> ssl.SSLContext:
    if not (ca_file or client_certificate):
        return trust()
    try:
        context = ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"backend.connection.ca_file {ca_file} cannot be used: {error}. It must be a PEM file of "
            "certificates that the function can read."
        ) from error
    if client_certificate:
        try:
            context.load_cert_chain(client_certificate, client_key or None, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"backend.connection.client_certificate {client_certificate} and client_key cannot be used: "
                f"{error}. They must be PEM files that belong together, without a password."
            ) from error
    return context


def _no_password() -> str:
    # Without a callback OpenSSL asks for the passphrase on the terminal; a function has no terminal.
    return ""


def _proxy(url: str) -> httpx.Proxy | None:
    try:
        return httpx.Proxy(url) if url else None
    except (ValueError, httpx.InvalidURL) as error:
        raise ConfigurationError(
            f"backend.connection.proxy cannot be used: {error}. It must look like http://host:port."
        ) from error
