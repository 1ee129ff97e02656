"""The file from which the local KMS takes its secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class SecretsFileError(RuntimeError):
    """Raised when the file is not there or holds something else; the message says what to do."""


def read_secrets(path: Path) -> dict[str, str]:
    """A JSON object: name → secret, both text.

    Raises:
        SecretsFileError: it is something else.
    """
    try:
        secrets = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SecretsFileError(
            f"{path} cannot be read: {error.strerror}. Give --kms another file."
        ) from error
    except ValueError:
        # From None: the text may be a secret.
        raise SecretsFileError(f"{path} is not JSON. Write an object into it, name → secret.") from None
    if not isinstance(secrets, dict) or not all(isinstance(one, str) for one in secrets.values()):
        raise SecretsFileError(f"{path} must hold a JSON object whose values are text, name → secret.")
    return secrets
