"""Answer, sources and failure → the markdown a person reads, in parts that fit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.answering.enclosed import Enclosed
from rag_on_dingtalk.answering.reasoning import Separated, present, separate
from rag_on_dingtalk.answering.sources import list_sources
from rag_on_dingtalk.dingtalk.markdown import (
    close_open,
    for_card,
    for_message,
    images,
    link_to,
    replace_images,
    shows_nothing,
    split,
    without_half,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.draft import Draft
    from rag_on_dingtalk.answering.reasoning import Mode
    from rag_on_dingtalk.errors import FailureKind
    from rag_on_dingtalk.messages import Texts

#: A card's markdown above about 3 000 characters was seen to render blank although the API accepted it;
#: public bots keep messages below 3 500.
MAX_CHARACTERS = 2_800
#: A group message's `msgParam` may have 15 000 bytes; quoting it as JSON takes some of them.
MAX_BYTES = 12_000
#: Of an answer, about five cards full: each further one is a message that somebody has to scroll past.
MOST_SHOWN = 14_000


_NOTHING_ENCLOSED = Enclosed()


def render(
    draft: Draft,
    failure: FailureKind | None,
    texts: Texts,
    *,
    reasoning: Mode = "hidden",
    link: str = "",
    enclosed: Enclosed = _NOTHING_ENCLOSED,
) -> tuple[str, ...]:
    """The whole reply: what goes on the card, and what follows it as messages; none of them blank.

    failure: why the answer is missing or incomplete; its sentence follows whatever did arrive.
    reasoning: what becomes of the model's thoughts.
    link: where originals can be read; see `SourceSettings`.
    enclosed: what became of the answer's pictures and files.
    """
    answer = answer_of(draft, texts)
    shown = _with_thoughts(draft, answer, reasoning, texts)
    # A card's dialect first: it turns HTML's pictures into markdown's.
    blocks = [_cut(enclosed.exchange(for_card(shown)).strip(), texts)]
    if failure is not None:
        sentence = texts.failure(failure)
        blocks.append(f"> {sentence}" if shown.strip() else sentence)
    blocks.append(_with_files(draft, enclosed, texts))
    if draft.citations:
        blocks.append(list_sources(draft.citations, answer, texts, link=link))
    whole = for_card(enclosed.exchange("\n\n".join(block for block in blocks if block)))
    first, *rest = split(whole, characters=MAX_CHARACTERS, utf8_bytes=MAX_BYTES) or [""]
    return (first, *(message for part in rest for message in as_messages(part)))


def as_messages(text: str) -> tuple[str, ...]:
    """The same in the dialect of messages, which has no tables; it may take more of them."""
    return tuple(split(for_message(text), characters=MAX_CHARACTERS, utf8_bytes=MAX_BYTES))


def preview(text: str, texts: Texts, *, reasoning: Mode = "hidden") -> str:
    """An unfinished answer as one card shows it: well-formed, and cut to what fits."""
    shown = present(separate(without_half(text)), reasoning, label=texts.say("reasoning"))
    # Most addresses of pictures are nothing to the reader's device until they have been brought to DingTalk.
    shown = replace_images(shown, dict.fromkeys((image.url for image in images(shown)), ""))
    parts = split(for_card(close_open(shown)), characters=MAX_CHARACTERS, utf8_bytes=MAX_BYTES)
    return "" if not parts else parts[0] if len(parts) == 1 else parts[0] + "…"


def answer_of(draft: Draft, texts: Texts) -> str:
    """The answer itself, without the model's thoughts and half a picture that it broke off in.

    Empty when a card would show nothing of it: an empty block of code, a heading without words, joiners.
    """
    if draft.stock_refusal:
        return texts.say("nothing_found")
    answer = separate(without_half(draft.text), finished=True).answer
    return "" if shows_nothing(for_card(answer)) else answer


def _cut(shown: str, texts: Texts) -> str:
    """As much of the answer as anybody reads, and that it went on."""
    if len(shown) <= MOST_SHOWN:
        return shown
    beginning, *rest = split(shown, characters=MOST_SHOWN, utf8_bytes=MOST_SHOWN * 4) or [""]
    return f"{beginning}\n\n> {texts.say('cut')}" if rest else beginning


def _with_files(draft: Draft, enclosed: Enclosed, texts: Texts) -> str:
    pictures = [f"!{link_to(file.name, file.url)}" for file in draft.files if file.picture]
    links = [
        f"- {link_to(file.name or file.url, file.url)}"
        for file in draft.files
        if not file.picture and file.url not in enclosed.brought
    ]
    names = texts.say("and").join(file.name for file in enclosed.files)
    attached = texts.say("attached", names=names) if names else ""
    return "\n\n".join(block for block in (*pictures, "\n".join(links), attached) if block)


def _with_thoughts(draft: Draft, answer: str, mode: Mode, texts: Texts) -> str:
    if draft.stock_refusal or mode == "hidden":
        return answer
    separated = separate(draft.text, finished=True)
    thoughts = "\n\n".join(one for one in (draft.reasoning, separated.reasoning) if one)
    return present(Separated(answer, thoughts, thinking=False), mode, label=texts.say("reasoning"))
