"""How `python -m devserver.ask` tells what happens: as text for people, as JSON lines for programs."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TextIO

Json = dict[str, Any]


class Transcript(Protocol):
    """Is told everything, in order."""

    def asked(self, said: Json) -> None:
        """The question is out: the answer of `/api/say`."""
        ...

    def frame(self, frame: Json) -> None:
        """The card shows another text."""
        ...

    def reply(self, message: Json) -> None:
        """The bot said something beside the card."""
        ...

    def end(self, report: Json, seconds: float) -> None:
        """That was all: the last answer of `/api/turns`."""
        ...


class TextTranscript:
    """The answer on `out` as it grows; what became of it on `notes`."""

    def __init__(self, out: TextIO, notes: TextIO) -> None:
        self._out = out
        self._notes = notes
        self._shown = ""
        self._wrote = False

    def asked(self, said: Json) -> None:
        """Tells only of deliveries that failed."""
        for push in said["pushes"]:
            if push["error"]:
                print(f"The bot did not take the message: {push['error']}.", file=self._notes)

    def frame(self, frame: Json) -> None:
        """Writes what is new; a text that does not continue the one before is written as a whole."""
        text = printable(frame["text"])
        if text.startswith(self._shown):
            self._write(text[len(self._shown) :])
        else:
            self._write(f"\n\n[The card's text was replaced. It now says:]\n\n{text}")
        self._shown = text

    def reply(self, message: Json) -> None:
        """Writes a message below what is there."""
        self._write(("\n\n" if self._wrote else "") + printable(message["text"]))

    def end(self, report: Json, seconds: float) -> None:
        """Ends the line and says how it went."""
        if self._wrote:
            self._write("\n")
        if report["status"] == "done":
            channel = (report["row"] or {}).get("channel", "card")
            how = f"Answered in {seconds:.1f} s by {channel}, {report['calls']} API calls."
        elif report["failure"]:
            how = f"The answer failed: {report['failure']}."
        else:
            how = f"No answer within {seconds:.0f} s. --timeout waits longer."
        print(how, file=self._notes)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
        self._wrote = self._wrote or bool(text)


class JsonTranscript:
    """One JSON object a line: `asked`, then `frame` and `reply` as they come, and one `end`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def asked(self, said: Json) -> None:
        """{"event": "asked", "turn_id", "message_id", "conversation", "delivered", "pushes"}."""
        self._line("asked", said)

    def frame(self, frame: Json) -> None:
        """{"event": "frame", "at", "kind", "text"}; text is the whole card."""
        self._line("frame", frame)

    def reply(self, message: Json) -> None:
        """{"event": "reply", "at", "via", "text"}."""
        self._line("reply", {key: message[key] for key in ("at", "via", "text")})

    def end(self, report: Json, seconds: float) -> None:
        """{"event": "end", "status", "failure", "answer", "citations", "channel", "calls", "seconds"}.

        status: `done`, `failed`, or `waiting` when the time was up.
        """
        row = report["row"] or {}
        told = {
            "turn_id": report["turn_id"],
            "status": report["status"],
            "failure": report["failure"],
            "answer": row.get("answer", ""),
            "citations": json.loads(row.get("citations", "[]")),
            "channel": row.get("channel", ""),
            "calls": report["calls"],
            "seconds": round(seconds, 3),
        }
        self._line("end", told)

    def _line(self, event: str, told: Json) -> None:
        self._out.write(json.dumps({"event": event, **told}, ensure_ascii=False) + "\n")
        self._out.flush()


def printable(text: str) -> str:
    """Text that cannot steer the terminal: of the control characters only line ends and tabs are kept."""
    return "".join("�" if _is_control(character) else character for character in text)


def _is_control(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) == "Cc"
