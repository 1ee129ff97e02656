"""What MkDocs is told, for each language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.site.catalogue import Catalogue

_HERE = Path(__file__).parent
_NAME = "rag-on-dingtalk"
_ABOUT = {
    "en": "A DingTalk knowledge bot that costs next to nothing while no questions come",
    "zh": "没人提问就几乎不花钱的钉钉知识库机器人",
}
#: The switch between the languages. MkDocs counts ../ from the wrong place, so each page puts its own in.
SWITCH = "https://switch.invalid/"
ALTERNATES = [
    {"name": "English", "lang": "en", "link": f"{SWITCH}en"},
    {"name": "简体中文", "lang": "zh", "link": f"{SWITCH}zh"},
]
_LIGHT = {"en": "Light", "zh": "浅色"}
_DARK = {"en": "Dark", "zh": "深色"}


def settings(
    pages: Catalogue, language: str, *, source: Path, output: Path, repository: str
) -> dict[str, Any]:
    """As mkdocs.yml would say it.

    source: holds the language's pages at their places. repository: its address; empty: none is shown.
    """
    return {
        "site_name": _NAME,
        "site_description": _ABOUT[language],
        "docs_dir": str(source),
        "site_dir": str(output),
        "repo_url": repository or None,
        "repo_name": _NAME if repository else None,
        "edit_uri": "",
        "theme": {
            "name": "material",
            "language": language,
            "custom_dir": str(_HERE / "theme"),
            # A page asks no other server for anything: it works offline, and Google's fonts do not
            # arrive everywhere in China.
            "font": False,
            "icon": {"logo": "material/message-question-outline"},
            "favicon": "icon.svg",
            "features": [
                "content.code.copy",
                "navigation.indexes",
                "navigation.sections",
                "navigation.top",
                "search.highlight",
                "search.suggest",
                "toc.follow",
            ],
            "palette": [
                _palette("default", "weather-sunny", _DARK[language]),
                _palette("slate", "weather-night", _LIGHT[language]),
            ],
        },
        "plugins": [{"search": {"lang": ["zh", "en"] if language == "zh" else ["en"]}}],
        "hooks": [str(_HERE / "hooks.py")],
        "extra": {"language": language, "generator": False, "alternate": ALTERNATES},
        "extra_css": ["site.css"],
        "markdown_extensions": [],
        "nav": [
            {section.title[language]: [page.target for page in section.pages]}
            if len(section.pages) > 1
            else section.pages[0].target
            for section in pages.sections
        ],
        "validation": {"omitted_files": "warn", "absolute_links": "warn", "unrecognized_links": "warn"},
        "strict": True,
    }


def _palette(scheme: str, icon: str, other: str) -> dict[str, Any]:
    preference = "light" if scheme == "default" else "dark"
    return {
        "media": f"(prefers-color-scheme: {preference})",
        "scheme": scheme,
        "primary": "blue",
        "accent": "blue",
        "toggle": {"icon": f"material/{icon}", "name": other},
    }
