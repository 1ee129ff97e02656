"""The emulators' own tests share what every level of tests shares."""

from tests.conftest import _clean_environment

__all__ = ["_clean_environment"]
