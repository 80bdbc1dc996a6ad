"""Byte streams a WebSocket client may send after its handshake: mostly right, often broken. Same seed, same stream."""

import random
import struct

_TEXTS = ["", "a", "hello", "Grüße ☃ 😀", "x" * 125, "y" * 126, "z" * 70_000]
_BROKEN_TEXTS = [b"\xff", b"a\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ok\xe2\x82", b"\x80"]
_CODES = [1000, 1001, 1003, 1007, 1011, 3000, 4999]
_BAD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535]


def frame(opcode, payload, fin=True, rsv=0, masked=True, mask=b"\x12\x34\x56\x78", form=None):
    """`form`: 16 or 64 forces a length field of so many bits."""
    head = bytes([(128 if fin else 0) | rsv << 4 | opcode])
    bit = 128 if masked else 0
    if form == 64 or (form is None and len(payload) >= 65536):
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    elif form == 16 or (form is None and len(payload) >= 126):
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | len(payload)])
    if not masked:
        return head + payload
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def _message(rng):
    """A whole message, in one frame or in several with pings between them."""
    if rng.random() < 0.5:
        opcode, payload = 1, rng.choice(_TEXTS).encode()
    else:
        opcode, payload = 2, rng.randbytes(rng.choice([0, 1, 125, 126, 1000, 65535, 65536]))
    if rng.random() < 0.6:
        return frame(opcode, payload)
    cuts = sorted(rng.randrange(len(payload) + 1) for _ in range(rng.randrange(1, 4)))
    pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)])]
    wire = b""
    for number, piece in enumerate(pieces):
        wire += frame(opcode if number == 0 else 0, piece, fin=number == len(pieces) - 1)
        if rng.random() < 0.3:
            wire += _ping(rng)
    return wire


def _ping(rng):
    return frame(9, rng.randbytes(rng.choice([0, 1, 4, 125])))


def _fault(rng):
    """Something the RFC forbids."""
    return rng.choice([
        lambda: frame(1, b"x", masked=False),
        lambda: frame(2, b"x", rsv=rng.choice([1, 2, 4, 7])),
        lambda: frame(rng.choice([3, 4, 7, 11, 15]), b"x"),
        lambda: frame(9, b"x", fin=False),
        lambda: frame(9, b"x" * 126),
        lambda: frame(0, b"continues nothing"),
        lambda: frame(1, b"begun", fin=False) + frame(2, b"another"),
        lambda: frame(1, rng.choice(_BROKEN_TEXTS)),
        lambda: frame(8, b"\x03"),
        lambda: frame(8, struct.pack(">H", rng.choice(_BAD_CODES))),
        lambda: frame(8, struct.pack(">H", 1000) + b"\xff"),
    ])()


def stream(seed):
    """(bytes, whether every rule is kept). The last thing is always a close frame."""
    rng = random.Random(seed)
    wire = b""
    for _ in range(rng.randrange(0, 6)):
        wire += rng.choice([_message, _message, _ping])(rng)
        if rng.random() < 0.1:
            wire += frame(10, b"unasked")
    clean = rng.random() < 0.5
    if not clean:
        wire += _fault(rng)
    ending = rng.choice([b"", struct.pack(">H", rng.choice(_CODES)), struct.pack(">H", rng.choice(_CODES)) + "bye ☃".encode()])
    return wire + frame(8, ending), clean


def pieces(seed, wire):
    """The stream as it is handed to the kernel: whole, or cut at random places."""
    rng = random.Random(seed + 1)
    if rng.random() < 0.5 or len(wire) < 2:
        return [wire]
    cuts = sorted({rng.randrange(1, len(wire)) for _ in range(rng.randrange(1, 8))})
    return [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)])]
