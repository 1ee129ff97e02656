"""A port that is held for a server: no other program gets it, and the server may listen on it."""

from __future__ import annotations

import socket

import pytest

from emulators.serving import LOOPBACK, hold_port


def test_a_held_port_refuses_connections_until_its_server_listens() -> None:
    with hold_port() as held:
        address = held.getsockname()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)

        with socket.create_server(address), socket.create_connection(address) as client:
            assert client.getpeername() == address


def test_a_held_port_is_given_to_no_other_socket() -> None:
    with hold_port() as held, socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(held.getsockname())


def test_the_server_of_a_held_port_keeps_a_second_one_away() -> None:
    with (
        hold_port() as held,
        socket.create_server(held.getsockname()),
        pytest.raises(OSError, match="in use"),
    ):
        socket.create_server((LOOPBACK, held.getsockname()[1]))


def test_a_held_port_stays_with_a_server_that_starts_again() -> None:
    with hold_port() as held:
        address = held.getsockname()
        socket.create_server(address).close()

        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(address)
        with socket.create_server(address), socket.create_connection(address) as client:
            assert client.getpeername() == address
