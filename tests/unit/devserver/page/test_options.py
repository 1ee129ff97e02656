from __future__ import annotations

import argparse
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.command_line.arguments import port
from devserver.command_line.options import FaultOption, every_fault, parse_fault
from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.faults import UnknownFaultError


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("dingtalk.qps", FaultOption("dingtalk.qps")),
        ("dingtalk.slow=2.5", FaultOption("dingtalk.slow", "2.5")),
        ("dingtalk.qps@0.3", FaultOption("dingtalk.qps", "", 0.3)),
        ("dingtalk.away=after@0.5", FaultOption("dingtalk.away", "after", 0.5)),
        ("a=b=c@d@1", FaultOption("a", "b=c@d", 1.0)),
        ("kms.busy@once", FaultOption("kms.busy", count=1)),
        ("a=b@once", FaultOption("a", "b", count=1)),
    ],
)
def test_a_fault_has_a_name_and_perhaps_a_value_and_a_probability(text: str, option: FaultOption) -> None:
    assert option == parse_fault(text)


@pytest.mark.parametrize("text", ["", "=1", "@0.5", "a@0", "a@1.5", "a@1.2.3", "a@often", "a@once.5"])
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"NAME|probability"):
        parse_fault(text)


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    with suppress(argparse.ArgumentTypeError):
        assert parse_fault(text).name


def test_the_faults_of_every_part_are_known_before_any_of_them_runs() -> None:
    parts = {kind.name.partition(".")[0] for kind in every_fault().kinds}

    assert {
        "company",
        "dingtalk",
        "function_compute",
        "kms",
        "knowledge",
        "moderation",
        "tablestore",
    } == parts


def test_every_part_s_faults_can_be_switched_on_before_the_start() -> None:
    system = LocalSystem(Settings())

    parts = {kind.name.partition(".")[0] for kind in system.faults.kinds}

    assert {
        "company",
        "dingtalk",
        "function_compute",
        "kms",
        "knowledge",
        "moderation",
        "tablestore",
    } == parts


def test_a_misspelt_fault_is_not_silently_ignored() -> None:
    with pytest.raises(UnknownFaultError, match=r"Known faults: .*dingtalk\.qps"):
        FaultOption("dingtalk.qbs").switch_on(every_fault())


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("8765", 8765), ("65535", 65_535)])
def test_a_port_is_a_number(text: str, number: int) -> None:
    assert port(text) == number


@pytest.mark.parametrize("text", ["", "-1", "65536", "http", "8 0", "٣", "9" * 5_000])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no port"):
        port(text)
