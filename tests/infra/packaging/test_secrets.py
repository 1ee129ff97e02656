"""Secrets that the bots name must be set and handed on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.package.errors import PackagingError
from infra.package.secrets import check_secrets
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.settings.secret_references import secret_references

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bots


BOTS = load_bots(Path(__file__).parents[3] / "bots.example.yaml")
HANDED_ON: dict[str, Any] = {"resources": {"callback": {"props": {"environmentVariables": {}}}}}


def _named(bots: Bots) -> set[str]:
    references = (reference for bot in bots.bots.values() for _, reference in secret_references(bot))
    return {reference.removeprefix("env:") for reference in references if reference.startswith("env:")}


def _handed_on(names: set[str]) -> dict[str, Any]:
    return {"resources": {"callback": {"props": {"environmentVariables": dict.fromkeys(names, "x")}}}}


def test_secrets_that_are_set_and_handed_on_may_be_deployed() -> None:
    names = _named(BOTS)

    assert names
    check_secrets(BOTS, dict.fromkeys(names, "secret"), _handed_on(names))


@pytest.mark.parametrize("name", sorted(_named(BOTS)))
def test_a_secret_that_is_empty_stops_the_deployment(name: str) -> None:
    names = _named(BOTS)

    with pytest.raises(PackagingError, match=rf"env:{name}, but {name} is empty\. Set it in \.env"):
        check_secrets(BOTS, {**dict.fromkeys(names, "secret"), name: ""}, _handed_on(names))


@pytest.mark.parametrize("name", sorted(_named(BOTS)))
def test_a_secret_that_no_function_is_handed_stops_the_deployment(name: str) -> None:
    names = _named(BOTS)

    with pytest.raises(PackagingError, match=f"hands it to no function.*`{name}: "):
        check_secrets(BOTS, dict.fromkeys(names, "secret"), _handed_on(names - {name}))


def test_secrets_from_kms_need_nothing_in_the_environment(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "bots.example.yaml").read_text(encoding="utf-8")
    path = tmp_path / "bots.yaml"
    path.write_text(re.sub(r"env:(\w+)", lambda found: f"kms:{found[1].lower()}", text), encoding="utf-8")

    check_secrets(load_bots(path), {}, HANDED_ON)
