"""Answer, sources and failure → the markdown a person reads, in parts that fit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.rendering.citations import list_sources
from rag_on_dingtalk.rendering.markdown import (
    CARD,
    MESSAGE,
    Document,
    beginning,
    close_open,
    for_message,
    images,
    lift,
    link_to,
    read,
    replace_images,
    split,
    without_addresses,
    written_out,
)
from rag_on_dingtalk.rendering.prepared import MOST_SHOWN, Prepared, prepare
from rag_on_dingtalk.rendering.reasoning import present
from rag_on_dingtalk.rendering.uploaded_media import UploadedMedia

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import FailureKind
    from rag_on_dingtalk.rendering.draft import Draft
    from rag_on_dingtalk.rendering.reasoning import Mode
    from rag_on_dingtalk.texts import Texts

#: A card's markdown above about 3 000 characters was seen to render blank although the API accepted it;
#: public bots keep messages below 3 500.
MAX_CHARACTERS = 2_800
#: A group message's `msgParam` may have 15 000 bytes; quoting it as JSON takes some of them.
MAX_BYTES = 12_000
#: Of an unfinished answer, a few times what one card shows.
_MOST_OF_A_FRAME = 4 * MAX_CHARACTERS

_NOTHING_ENCLOSED = UploadedMedia()


def render(
    draft: Draft,
    failure: FailureKind | None,
    texts: Texts,
    *,
    reasoning: Mode = "hidden",
    link: str = "",
    enclosed: UploadedMedia = _NOTHING_ENCLOSED,
    prepared: Prepared | None = None,
) -> tuple[str, ...]:
    """The whole reply: what goes on the card, and what follows it as messages; none of them blank.

    failure: why the answer is missing or incomplete; its sentence follows whatever did arrive.
    reasoning: what becomes of the model's thoughts.
    link: where originals can be read; see `SourceSettings`.
    enclosed: what became of the answer's pictures and files.
    prepared: the draft's answer, if it was read already.
    """
    prepared = prepared or prepare(draft, texts)
    quoted = present("", prepared.thoughts, reasoning, label=texts.say("reasoning"))
    answer = read(quoted).followed_by(prepared.document)
    below: list[str] = []
    if failure is not None:
        sentence = texts.failure(failure)
        below.append(f"> {sentence}" if answer.blocks else sentence)
    below.append(_with_files(draft, enclosed, texts))
    if draft.citations:
        below.append(list_sources(draft.citations, prepared.text, texts, link=link))
    end = read("\n\n".join(block for block in below if block)).with_lines(enclosed.exchange, str)
    return _parts(_with_pictures(answer, prepared, enclosed, texts), end, texts)


def _parts(answer: Document, end: Document, texts: Texts) -> tuple[str, ...]:
    """What goes on the card, and the messages behind it: about five cards, measured as they are sent."""
    if not answer.whole:
        end = _cut_off(texts).followed_by(end)
    first, rest = _card(answer)
    if not rest.blocks:
        first, rest = _card(answer.followed_by(end))
        return (first, *_messages(rest.message))
    most = MOST_SHOWN - len(first)
    shown, cut = beginning(rest, MESSAGE, characters=most, utf8_bytes=4 * most)
    if cut.blocks and answer.whole:
        end = _cut_off(texts).followed_by(end)
    return (first, *_messages("\n\n".join(text for text in (shown, end.message) if text)))


def _card(document: Document) -> tuple[str, Document]:
    return beginning(document, CARD, characters=MAX_CHARACTERS, utf8_bytes=MAX_BYTES)


def _cut_off(texts: Texts) -> Document:
    return read(f"> {texts.say('cut')}")


def _messages(text: str) -> list[str]:
    return split(text, characters=MAX_CHARACTERS, utf8_bytes=MAX_BYTES)


def _with_pictures(answer: Document, prepared: Prepared, enclosed: UploadedMedia, texts: Texts) -> Document:
    """The answer with its pictures as DingTalk shows them; for one that it has not stands its description."""
    pictures = prepared.pictures
    lost = dict.fromkeys(pictures.keys() - enclosed.pictures.keys(), "")

    def _running(line: str) -> str:
        if "![" in line and (lost or enclosed.pictures):
            line = replace_images(enclosed.exchange(line), lost)
        return without_addresses(line) if pictures else line

    shown = answer.with_lines(_running, lambda code: written_out(code, pictures))
    # A picture without a description that could not be had would leave nothing at all.
    return shown if not pictures or not shown.blank else read(texts.say("picture"))


def as_messages(text: str) -> tuple[str, ...]:
    """The same in the dialect of messages, which has no tables; it may take more of them."""
    return tuple(_messages(for_message(text)))


def preview(text: str) -> str:
    """An unfinished answer as one card shows it: well-formed, and cut to what fits.

    However long the text is, a few times what fits is read.
    """
    lifted = lift(text, most=_MOST_OF_A_FRAME)
    shown = lifted.text
    # Most addresses of pictures are nothing to the reader's device until they have been brought to DingTalk.
    shown = replace_images(shown, dict.fromkeys((image.url for image in images(shown)), ""))
    pictures = lifted.pictures
    document = read(close_open(shown), most=_MOST_OF_A_FRAME)
    if pictures:
        document = document.with_lines(without_addresses, lambda code: written_out(code, pictures))
    first, rest = _card(document)
    return f"{first}…" if first and (rest.blocks or not lifted.whole) else first


def answer_of(draft: Draft, texts: Texts) -> str:
    """The answer itself, without the model's thoughts; empty when a card would show nothing of it."""
    prepared = prepare(draft, texts)
    return prepared.words


def _with_files(draft: Draft, enclosed: UploadedMedia, texts: Texts) -> str:
    pictures = [f"!{link_to(file.name, file.url)}" for file in draft.files if file.picture]
    links = [
        f"- {link_to(file.name or file.url, file.url)}"
        for file in draft.files
        if not file.picture and file.url not in enclosed.sent_urls
    ]
    names = texts.say("and").join(file.name for file in enclosed.files)
    attached = texts.say("attached", names=names) if names else ""
    return "\n\n".join(block for block in (*pictures, "\n".join(links), attached) if block)
