"""What keeps a release from being made."""


class ReleaseError(Exception):
    """Its message says what is wrong and what to do."""
