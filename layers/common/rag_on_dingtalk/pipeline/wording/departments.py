"""A person's departments as people read them: `财务部（200） < 总部（1）`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.models.access import Profile
    from rag_on_dingtalk.pipeline.context import BotRuntime


async def own_departments(bot: BotRuntime, profile: Profile | None) -> str:
    """Those the person is in; empty: none, or not known. Never raises."""
    chains = () if profile is None else tuple(chain[:1] for chain in profile.chains)
    return told(chains, await _names(bot, chains))


async def whole_departments(bot: BotRuntime, profile: Profile) -> str:
    """Those the person is in, each with all that it is a part of; empty: none. Never raises."""
    return told(profile.chains, await _names(bot, profile.chains))


def told(chains: tuple[tuple[int, ...], ...], names: Mapping[int, str]) -> str:
    """Ids stay where a name is not known: rules are written with them.

    >>> told(((200, 1), (300, 1)), {200: "财务部"})
    '财务部（200） < 1；300 < 1'
    """
    return "；".join(
        " < ".join(f"{names[one]}（{one}）" if one in names else str(one) for one in chain)
        for chain in chains
    )


async def _names(bot: BotRuntime, chains: tuple[tuple[int, ...], ...]) -> Mapping[int, str]:
    if bot.departments is None:
        return {}
    return await bot.departments.of(one for chain in chains for one in chain)
