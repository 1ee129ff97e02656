"""Changes what a push says and signs it again, so that more than the signature check is reached."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from tests.fuzz import pushes
from tests.fuzz.pushes import NOW, SEEDS, WRONG, Plain
from tests.unit.webhook.edge import (
    CARD_SECRET,
    CLIENT_ID,
    NOW_MS,
    PATH_SECRET,
    SECRET,
    TOKEN,
    http_push,
    wire,
)

if TYPE_CHECKING:
    from random import Random

#: Now and then an input is as large as a push may be; most are small, a million of them must be made.
_LARGEST, _USUAL = 60_000, 3_000
_SELDOM = 0.002

#: Values, keys and whole objects are changed where they stand in the text: no tree, so that it may be broken.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9.eE+]+|true|false|null|\{\}|\[\]')

#: Of what stands in DingTalk's bodies, and of what breaks readers of JSON.
_VALUES = (
    b"null", b"true", b"0", b"-1", b"1.5", b"1e999", b"NaN", b"-0", b"9" * 400, b"9" * 5_000,
    b"1767225600500", b'"1767225600500"', b'""', b'" "', b'"\\u0000"', b'"\\ud83d"', b'"\xff"',
    '"é中😀"'.encode(), b'"1"', b'"2"', b'"20001"', b'"like"', b'"ask"', b'"dislike"', b'"text"',
    b'"richText"', b'"picture"', b'"file"', b'"audio"', b'"check_url"', b'"user_leave_org"',
    b'"actionCallback"', b'"dingexample0appkey01"', b'"dingexamplecorp0001"',
    b'"https://oapi.dingtalk.com/robot/sendBySession?s=1"', b'"http://100.100.100.200/"', b"[]",
    b"{}", b"[[]]", b'{"text":"a"}', b'[{"text":"a","downloadCode":"d"}]', b"[" * 450 + b"]" * 450,
    b'{"a":' * 450 + b"1" + b"}" * 450, b"[" * 2_000, b"[" + b"{}," * 500 + b"{}]",
    b'"' + b"a" * 1_500 + b'"',
)  # fmt: skip
_KEYS = (
    b'"text"', b'"content"', b'"value"', b'"msgtype"', b'"msgId"', b'"errorCode"', b'"encrypt"',
    b'"richText"', b'"repliedMsg"', b'"createAt"', b'"downloadCode"', b'"params"', b'"action"',
    b'"actionIds"', b'"cardPrivateData"', b'"outTrackId"', b'"userId"', b'"reason"', b'"question"',
    b'"EventType"', b'"eventId"', b'"deptId"', b'"msgType"', b'"chatbotCorpId"', b'"robotCode"',
    b'"sessionWebhook"', b'"conversationType"',
)  # fmt: skip
_SPLINTERS = (
    b'"',
    b"\\",
    b"\x00",
    b"\xff",
    b"\xed\xa0\xbd",
    b"\\ud83d",
    b"\\u0000",
    b"{",
    b"[",
    b"]}",
    b"\xef\xbb\xbf",
    b",",
)
_TIMESTAMPS = (
    "",
    "0",
    "9" * 20,
    "1e13",
    "\ud83d",
    "١",
    str(NOW_MS - 601_000),
    str(NOW_MS + 301_000),
    str(NOW_MS // 1000),
)


class Mutator:
    """Makes one input out of another, with or without regard to what it means.

    random: decides everything; the same numbers make the same input.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def seed(self) -> bytes:
        """An authentic push, nothing changed."""
        return pushes.authentic(self._random.choice(SEEDS))

    def scramble(self, data: bytes) -> bytes:
        """The same bytes with some of them changed, whatever they mean."""
        for _ in range(self._random.randint(1, 4)):
            data = self._scrambled(data)
        return data[: self._room()]

    def resign(self, data: bytes) -> bytes:
        """Change what the push says, then sign it; now and then wrongly."""
        room = self._room()
        try:
            plain = pushes.unpack(data)
        except Exception:  # noqa: BLE001 - after a few rounds of `scramble` anything may be wrong with it
            plain = self._random.choice(SEEDS)
        if not 0 < len(plain.body) <= room or plain.route not in ("robot", "events", "cards"):
            plain = self._random.choice(SEEDS)
        body = plain.body
        for _ in range(self._random.randint(1, 4)):
            body = self.reword(body)
        return self._signed(Plain(plain.route, plain.bot, body[:room]))

    def reword(self, body: bytes) -> bytes:
        """A JSON text with one of its values or keys changed, or with its bytes scrambled."""
        tokens = [match.span() for match in _TOKEN.finditer(body)] if self._random.random() < 0.85 else []
        if not tokens:
            return self._scrambled(body)
        start, end = self._random.choice(tokens)
        return body[:start] + self._reworded(body[start:end]) + body[end:]

    def _reworded(self, token: bytes) -> bytes:
        if token.startswith(b'"{') and self._chance(0.25):
            # A click says what was clicked in JSON within JSON.
            inside = self.reword(token[1:-1].replace(b'\\"', b'"'))
            return b'"' + inside.replace(b'"', b'\\"') + b'"'
        key, value = self._random.choice(_KEYS), self._random.choice(_VALUES)
        several = b",".join([token] * self._random.choice((1, 2, 30)))
        around = (b"{" + key + b":" + token + b"}", b"[" + token + b"]", token + b"," + key + b":" + value)
        return self._random.choice((key, several, *around, value, value, value))

    def _scrambled(self, data: bytes) -> bytes:
        at = self._random.randint(0, len(data))
        end = min(len(data), at + self._random.choice((1, 1, 2, 8, 200)))
        roll = self._random.randrange(5)
        if roll == 0 and at < len(data):
            return data[:at] + bytes([data[at] ^ (1 << self._random.randrange(8))]) + data[at + 1 :]
        if roll == 1:
            return data[:at] + data[end:]
        if roll == 2:
            return data[:at] + data[at:end] * self._random.choice((2, 3, 20)) + data[end:]
        if roll == 3 and self._random.random() < 0.2:
            return data[:at]
        return data[:at] + self._random.choice(_SPLINTERS) + data[at:]

    def _signed(self, plain: Plain) -> bytes:
        timestamp = NOW if self._chance(0.92) else self._random.choice(_TIMESTAMPS)
        right = self._chance(0.92)
        path = f"/{plain.route}/{plain.bot}"
        if plain.bot == "hidden" and self._chance(0.9):
            path += f"/{PATH_SECRET}"
        if plain.route == "events":
            encrypted, nonce = self._sealed(plain.body), self._random.choice(("", "n", "é", "\ud83d"))
            digest = pushes.event_digest(TOKEN if right else WRONG, timestamp, nonce, encrypted)
            parameter = self._random.choice(("signature", "msg_signature"))
            query = {"timestamp": timestamp, "nonce": nonce, parameter: digest}
            return wire(http_push(json.dumps({"encrypt": encrypted}), path, query=query))
        if plain.route == "robot":
            headers = {
                "Timestamp": timestamp,
                "Sign": pushes.robot_mac(timestamp, SECRET if right else WRONG),
            }
        else:
            mac = pushes.card_mac(timestamp, CARD_SECRET if right else WRONG)
            headers = {"X-Ddpaas-Signature-Timestamp": timestamp, "X-Ddpaas-Signature": mac}
        if self._chance(0.03):
            headers.popitem()
        if self._chance(0.5):
            headers = {name.lower(): value for name, value in headers.items()}
        return wire(http_push(self._body(plain), path, headers=headers))

    def _body(self, plain: Plain) -> str | bytes:
        if plain.bot == "sealed" and self._chance(0.8):
            return json.dumps({"encrypt": self._sealed(plain.body)})
        return plain.body

    def _sealed(self, plain: bytes) -> str:
        cipher = pushes.seal(plain, CLIENT_ID if self._chance(0.95) else "suite0001")
        if self._chance(0.1):
            cipher = self._scrambled(cipher)
        encrypted = base64.b64encode(cipher)
        return (encrypted if self._chance(0.95) else self._scrambled(encrypted)).decode("utf-8", "replace")

    def _room(self) -> int:
        return _LARGEST if self._chance(_SELDOM) else _USUAL

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability
