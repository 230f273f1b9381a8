"""Messages of the captures, changed at random: seeded, so that one number repeats a run."""

import random
import struct

import records
import truth

MOST_SEEDS = 20_000
LONGEST = 4_000  # bytes; a mutation adds little


def seeds():
    """Messages as they stand in UDP datagrams of the captures, each once."""
    found = {}
    for capture in truth.all_captures():
        if not capture.has_truth():
            continue
        lines = [line for line in truth.load(capture.truth) if line["k"] == "dns" and line["tr"] == "udp"]
        frames = records.frames(capture.path) if lines else []
        for line in lines:
            for message, wire in records.messages(frames[line["f"] - 1][0], line):
                if records.HEADER <= len(message) == wire <= LONGEST:
                    found.setdefault(bytes(message))
        if len(found) >= MOST_SEEDS:
            break
    return list(found)


def _u16(value):
    return struct.pack(">H", value & 0xFFFF)


class Mutator:
    """Each of its changes takes a random generator and a bytearray, which it alters in place."""

    def __init__(self, pool, seed):
        self._pool = pool
        self._random = random.Random(seed)
        self._changes = [
            self._byte, self._bit, self._count, self._nibble, self._cut, self._repeat, self._remove,
            self._opt, self._opt, self._length, self._type, self._pointer, self._label,
        ]  # fmt: skip

    def next(self):
        message = bytearray(self._random.choice(self._pool))
        message[2] |= 0x80  # a response: queries have no code
        for _ in range(self._random.choice((1, 1, 2, 3))):
            self._random.choice(self._changes)(message)
            if len(message) < records.HEADER:
                message += bytes(records.HEADER - len(message))
        message[2] |= 0x80
        return bytes(message[:LONGEST])

    def _place(self, message, least=records.HEADER):
        return self._random.randrange(min(least, len(message) - 1), len(message))

    def _byte(self, message):
        message[self._place(message, 2)] = self._random.choice((0, 1, 41, 63, 64, 0xC0, 0xFF, self._random.randrange(256)))

    def _bit(self, message):
        message[self._place(message, 2)] ^= 1 << self._random.randrange(8)

    def _count(self, message):
        at = self._random.choice((4, 6, 8, 10))
        old = struct.unpack_from(">H", message, at)[0]
        new = self._random.choice((old + 1, old - 1, 0, 1, 2, 0xFFFF, self._random.randrange(9)))
        message[at : at + 2] = _u16(new)

    def _nibble(self, message):
        message[3] = message[3] & 0xF0 | self._random.randrange(16)

    def _cut(self, message):
        del message[self._place(message) :]

    def _repeat(self, message):
        at, size = self._place(message), self._random.randrange(1, 40)
        message[at:at] = message[at : at + size]

    def _remove(self, message):
        at = self._place(message)
        del message[at : at + self._random.randrange(1, 20)]

    def _opt(self, message):
        """Another OPT at the end, or a first one, most of the time announced, seldom as it should be."""
        pick = self._random.choice
        owner = pick((b"\0", b"\0", b"\0", b"\xc0\x0c", b"\1a\0"))
        options = bytes(self._random.randrange(256) for _ in range(pick((0, 0, 4, 12))))
        length = len(options) + pick((0, 0, 0, 1, -1, 300))
        upper = pick((0, 1, 1, 2, 255))
        message += owner + struct.pack(">HHBBH", records.TYPE_OPT, 1232, upper, pick((0, 0, 1)), 0) + _u16(length) + options
        section = pick((10, 10, 10, 10, 6, 8))
        if pick((True, True, True, False)):
            message[section : section + 2] = _u16(struct.unpack_from(">H", message, section)[0] + 1)

    def _length(self, message):
        if fields := records.walk_message(message, len(message)).fields:
            at = self._random.choice(fields) + 8
            old = struct.unpack_from(">H", message, at)[0]
            message[at : at + 2] = _u16(self._random.choice((old + 1, old - 1, 0, old + 100, 0xFFFF)))

    def _type(self, message):
        if fields := records.walk_message(message, len(message)).fields:
            at = self._random.choice(fields)
            message[at : at + 2] = _u16(self._random.choice((1, 2, 5, 6, 39, 41, 46, 48, 249, 250, 65535)))

    def _pointer(self, message):
        at = self._place(message)
        message[at : at + 2] = _u16(0xC000 | self._random.choice((0, 11, 12, at, at - 1, at + 1, self._place(message))))

    def _label(self, message):
        message[self._place(message)] = self._random.choice((0x00, 0x01, 0x3F, 0x40, 0x80, 0xBF))
