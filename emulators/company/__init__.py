"""A company's own systems, of which skills look up a leave balance and book a room. Invented, and strict."""

from emulators.company.emulator import CompanyEmulator
from emulators.company.faults import declare

__all__ = ["CompanyEmulator", "declare"]
