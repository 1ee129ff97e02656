"""Where the zips will run: Function Compute's Pythons. Pure.

Source: Function Compute, "Python" and "Runtimes": built-in python3.12 and custom.debian11 are Debian 11,
built-in python3.10 and custom.debian10 are Debian 10; all of them x86_64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.tags import compatible_tags, cpython_tags

if TYPE_CHECKING:
    from packaging.tags import Tag

_MACHINE = "x86_64"

#: Debian 10 has glibc 2.28 and Debian 11 a newer one: what needs no more than 2.28 runs on both.
PLATFORMS = (
    *(f"manylinux_2_{minor}_{_MACHINE}" for minor in range(28, 4, -1)),
    *(f"{name}_{_MACHINE}" for name in ("manylinux2014", "manylinux2010", "manylinux1")),
)


class Target(msgspec.Struct, frozen=True):
    """One Python of Function Compute.

    version: "3.12"; custom_runtime: the custom runtime that carries the same one.
    """

    version: str
    custom_runtime: str

    @property
    def runtime(self) -> str:
        """The built-in runtime's name."""
        return f"python{self.version}"

    @property
    def digits(self) -> tuple[int, int]:
        """(3, 12)."""
        major, minor = self.version.split(".")
        return int(major), int(minor)

    def markers(self) -> dict[str, str]:
        """What the markers of a requirements file see there, not what they see on this machine."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.version}.0",
            "os_name": "posix",
            "platform_machine": _MACHINE,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.version}.0",
            "python_version": self.version,
            "sys_platform": "linux",
        }

    def tags(self) -> list[Tag]:
        """Wheels that run there, the best first."""
        interpreter = f"cp{''.join(map(str, self.digits))}"
        return [
            *cpython_tags(self.digits, platforms=PLATFORMS),
            *compatible_tags(self.digits, interpreter, PLATFORMS),
        ]


TARGETS = {
    target.version: target
    for target in (Target("3.12", "custom.debian11"), Target("3.10", "custom.debian10"))
}
