"""`make secrets`: no file that git knows holds a key, a token or a password that works somewhere.

Keys of Alibaba Cloud, DingTalk and the products that answer are what people of this project have at hand,
and the usual scanners know none of them; so the shapes stand here. A made-up one says so: EXAMPLE, made-up,
0000 or XXXX is in it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]

#: What it is → how it looks.
SHAPES = {
    "an AccessKey id of Alibaba Cloud": r"\bLTAI[0-9A-Za-z]{12,26}\b",
    "a temporary key of Alibaba Cloud": r"\bSTS\.[0-9A-Za-z]{20,}",
    "a robot's webhook of DingTalk": r"access_token=[0-9a-f]{64}\b",
    "a client secret of DingTalk": r"(?i:secret)\W{1,4}[0-9A-Za-z_-]{64}\b",
    "a key of a knowledge base": r"\b(?:app|dataset|fastgpt|ragflow)-[0-9A-Za-z]{24,}\b",
    "a key of AnythingLLM": r"\b(?:[0-9A-Z]{7}-){3}[0-9A-Z]{7}\b",
    "a key of a model's provider": r"\bsk-[0-9A-Za-z_-]{20,}",
    "a token of GitHub": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{22})",
    "a key of AWS": r"\bAKIA[0-9A-Z]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[0-9A-Za-z+/]{20}",
    "a signed token": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}",
}
_SHAPE = re.compile("|".join(f"(?P<s{place}>{shape})" for place, shape in enumerate(SHAPES.values())))
#: The later ones are the beginnings of those that the tests and the local system use.
_MADE_UP = re.compile(r"(?i)example|made.?up|0000|XXXX|0123456789|ABCDEFG|Zx8Yw7Vu6|K7Q2M4X|LOCAL00")


class Found(NamedTuple):
    """A place, and what stands there; never the secret itself."""

    line: int
    kind: str


def secrets_in(text: str) -> Iterator[Found]:
    """All of one file. Pure."""
    kinds = list(SHAPES)
    for match in _SHAPE.finditer(text):
        if not _MADE_UP.search(match[0]):
            place = next(i for i in range(len(kinds)) if match[f"s{i}"] is not None)
            yield Found(text.count("\n", 0, match.start()) + 1, kinds[place])


def main(files: Sequence[str]) -> int:
    """Look through the files, or through all that git knows; 1: there is one."""
    names = files or _known()
    wrong = [
        f"{name}:{found.line}: this looks like {found.kind}"
        for name in names
        if (ROOT / name).is_file()
        for found in secrets_in((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)  # noqa: T201 - a command's output
        print("Take it out and have it replaced where it came from: it may have been seen.", file=sys.stderr)  # noqa: T201
    return bool(wrong)


def _known() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
