"""What stops the packaging."""

from __future__ import annotations


class PackagingError(Exception):
    """Raised when there can be no zips; the message says what happened and what to do."""
