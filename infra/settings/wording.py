"""The words of the tables themselves, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import yaml

Language = Literal["en", "zh"]


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """Types and defaults in plain words, and what stands around the tables."""

    title: str
    twin: str
    made_from: str
    usual: str
    usual_about: str
    bots: str
    bots_about: str
    environment: str
    environment_about: str
    given: str
    given_about: str
    deploying: str
    deploying_about: str
    platform: str
    platform_about: str
    columns: tuple[str, str, str, str]
    variable_columns: tuple[str, str, str, str]
    product: str
    secret: str
    text: str
    flag: str
    whole: str
    number: str
    above: str
    between: str
    within: str
    texts: str
    list_of: str
    texts_by_name: str
    anything_by_name: str
    section: str
    comma: str
    alternatives: str
    pair: str
    apart: str
    required: str
    empty: str
    nothing: str
    written: str
    below: str


WORDINGS: dict[Language, Wording] = msgspec.convert(
    yaml.safe_load(Path(__file__).with_name("wording.yaml").read_text(encoding="utf-8")),
    dict[Language, Wording],
)
