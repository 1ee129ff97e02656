"""Under which licence a distribution comes, as its metadata says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message

_LONGEST_NAME = 60
_CLASSIFIER = "License :: OSI Approved :: "

#: A sentence that stands in one licence only, for metadata that holds the text instead of the name.
_TELLING = {
    "Neither the name of": "BSD-3-Clause",
    "Permission is hereby granted, free of charge": "MIT",
    "Apache License": "Apache-2.0",
}

UNKNOWN = "unknown"


def licence_of(metadata: Message) -> str:
    """A name such as MIT or an SPDX expression; `UNKNOWN` when the metadata does not say.

    metadata: a wheel's METADATA. Newer ones have License-Expression, older ones License (a name, or the whole
    text) and classifiers.
    """
    if expression := metadata.get("License-Expression"):
        return str(expression)
    licence = str(metadata.get("License", "")).strip()
    if licence and len(licence) <= _LONGEST_NAME and "\n" not in licence:
        return licence
    classifiers = [str(value) for value in metadata.get_all("Classifier", [])]
    named = [value.removeprefix(_CLASSIFIER) for value in classifiers if value.startswith(_CLASSIFIER)]
    if named:
        return " AND ".join(named)
    return next((name for sentence, name in _TELLING.items() if sentence in licence), UNKNOWN)
