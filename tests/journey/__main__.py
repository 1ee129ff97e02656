"""Write the table of a job's way into docs/architecture.md, in both languages."""

from __future__ import annotations

from devserver.settings import ROOT
from tests.journey.document import written_into
from tests.journey.walking import walk

DOCUMENTS = {"en": ROOT / "docs" / "architecture.md", "zh": ROOT / "docs" / "architecture.zh-CN.md"}


def main() -> None:
    """Walk, and write."""
    way = walk()
    for language, document in DOCUMENTS.items():
        written = written_into(document.read_text(encoding="utf-8"), way, language)
        document.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
