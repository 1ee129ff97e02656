"""The piece of a document between two markers. Pure."""

from __future__ import annotations

BEGIN = "<!-- settings: made by infra.settings -->"
END = "<!-- /settings -->"


def replaced(document: str, made: str) -> str:
    """The document with `made` between its markers.

    Raises:
        ValueError: a marker is missing.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The document has no place for the table. Put {BEGIN} and {END} into it.")
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"
