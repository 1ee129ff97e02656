"""`python -m infra.site`: build dist/site, English at its root and Chinese in zh/, and follow every link."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

from infra.site.catalogue import LANGUAGES, ROOT, catalogue
from infra.site.hooks import files_of
from infra.site.links import broken
from infra.site.settings import settings

SITE = ROOT / "dist" / "site"


def main() -> int:
    """1: it cannot be built, or a link leads nowhere."""
    repository = os.environ.get("REPOSITORY_URL", "")
    shutil.rmtree(SITE, ignore_errors=True)
    import jieba

    jieba.setLogLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="rag-on-dingtalk-site-") as staging:
        for language in LANGUAGES:
            _build(language, Path(staging, language), repository)
    wrong = list(broken(SITE))
    if wrong:
        print(*wrong, f"{len(wrong)} links lead nowhere.", sep="\n", file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    pages = sum(1 for _ in SITE.rglob("*.html"))
    print(f"{SITE}: {pages} pages; python -m http.server --directory dist/site shows them.")  # noqa: T201
    return 0


def _build(language: str, source: Path, repository: str) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    for place, file in files_of(language).items():
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, source / place)
    output = SITE if language == "en" else SITE / language
    told = settings(catalogue(), language, source=source, output=output, repository=repository)
    build(load_config(config_file=_no_file(source), **told))


def _no_file(folder: Path) -> str:
    """MkDocs wants one, and takes everything from the keywords."""
    file = folder.parent / "mkdocs.yml"
    file.write_text("{}\n", encoding="utf-8")
    return str(file)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    sys.exit(main())
