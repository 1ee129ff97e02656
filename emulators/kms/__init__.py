"""Key Management Service on one machine: GetSecretValue for signed callers, and how it fails."""

from emulators.kms.emulator import KmsEmulator
from emulators.kms.faults import declare

__all__ = ["KmsEmulator", "declare"]
