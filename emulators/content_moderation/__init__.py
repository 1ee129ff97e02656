"""Content Moderation on one machine: TextModerationPlus for signed callers, and how it fails."""

from emulators.content_moderation.emulator import ModerationEmulator
from emulators.content_moderation.faults import declare

__all__ = ["ModerationEmulator", "declare"]
