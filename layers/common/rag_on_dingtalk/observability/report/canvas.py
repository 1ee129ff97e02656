"""A small drawing of few colours, and its PNG. Pure, over zlib alone.

Source: the PNG specification, https://www.w3.org/TR/png-3/: signature, IHDR, PLTE, IDAT, IEND.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE, _BITS = 3, 8

#: 3 × 5 dots each, row by row from the top.
_GLYPHS = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# .## ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# .#. .#. .#.",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
}
_GLYPH_WIDTH, _GLYPH_HEIGHT = 3, 5


class Canvas:
    """Dots of colours of a palette; all have the first one at the start.

    width, height: in dots. palette: red, green and blue of each colour.
    """

    def __init__(self, width: int, height: int, palette: Sequence[tuple[int, int, int]]) -> None:
        self.width = width
        self.height = height
        self._palette = tuple(palette)
        self._rows = [bytearray(width) for _ in range(height)]

    def fill(self, left: int, top: int, width: int, height: int, colour: int) -> None:
        """A rectangle; what lies outside is left out.

        colour: its place in the palette.
        """
        left, right = max(left, 0), min(left + width, self.width)
        if right <= left:
            return
        for row in self._rows[max(top, 0) : max(top + height, 0)]:
            row[left:right] = bytes((colour,)) * (right - left)

    def write(self, text: str, left: int, top: int, colour: int, *, scale: int) -> None:
        """Digits.

        scale: the side of a glyph's dot.
        """
        for number, character in enumerate(text):
            for down, line in enumerate(_GLYPHS[character].split()):
                for right, dot in enumerate(line):
                    if dot == "#":
                        x = left + (number * (_GLYPH_WIDTH + 1) + right) * scale
                        self.fill(x, top + down * scale, scale, scale, colour)

    def png(self) -> bytes:
        """The file."""
        head = struct.pack(">IIBBBBB", self.width, self.height, _BITS, _PALETTE, 0, 0, 0)
        colours = b"".join(bytes(colour) for colour in self._palette)
        # Each line begins with its filter, and 0 is none.
        lines = b"".join(b"\0" + row for row in self._rows)
        chunks = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
        return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def width_of(text: str, scale: int) -> int:
    """How wide `Canvas.write` writes it, in dots."""
    return max(len(text) * (_GLYPH_WIDTH + 1) - 1, 0) * scale


def height_of(scale: int) -> int:
    """How high a line of `Canvas.write` is, in dots."""
    return _GLYPH_HEIGHT * scale


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
