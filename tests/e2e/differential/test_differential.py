"""The same streams to Flux, to npm's `ws` and to Python's `websockets`: RSN-05, ECH-05

What must agree: the messages echoed, the pongs, and how the connection ends. Where a server may differ, the reason stands beside the
allowance; a difference without one fails.
"""

import base64
import os
import re
import socket
import struct
import subprocess
import sys
import unittest
from pathlib import Path

from streams import pieces, stream

HERE = Path(__file__).parent
FLUX = os.environ.get("FLUX_BIN", "")
STREAMS = 2_000
PATIENCE_SECONDS = 30


class Server:
    def __init__(self, test, name, command, pattern=r"PORT (\d+)"):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("FLUX_")}
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE,
                                        env=environment)
        test.addClassCleanup(self.process.stdout.close)
        test.addClassCleanup(self.process.wait)
        test.addClassCleanup(self.process.terminate)
        self.port = int(re.search(pattern, self.process.stdout.readline()).group(1))

    def outcome(self, parts):
        """What the server makes of a stream: {"messages", "pongs", "end"}."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            key = base64.b64encode(os.urandom(16)).decode()
            connection.sendall((f"GET /plain HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            received = received.split(b"\r\n\r\n", 1)[1]
            try:
                for part in parts:
                    connection.sendall(part)
            except ConnectionError:
                pass  # it had enough before all of it was sent
            try:
                while more := connection.recv(65536):
                    received += more
            except ConnectionError:
                pass
        return read_frames(received)


def read_frames(data):
    messages, pongs, end, begun = [], [], None, None
    while len(data) >= 2:
        fin, opcode, length, at = data[0] >> 7, data[0] & 15, data[1], 2
        if length == 126:
            length, at = struct.unpack(">H", data[2:4])[0], 4
        elif length == 127:
            length, at = struct.unpack(">Q", data[2:10])[0], 10
        if len(data) < at + length:
            break
        payload, data = data[at:at + length], data[at + length:]
        if opcode == 8:
            end = struct.unpack(">H", payload[:2])[0] if payload else 1005
        elif opcode == 10:
            pongs.append(payload)
        elif opcode in (1, 2):
            begun = [opcode, payload]
        else:
            begun[1] += payload
        if opcode < 8 and fin:
            messages.append(tuple(begun))
    return {"messages": messages, "pongs": pongs, "end": end}


def starts_with(whole, part):
    return whole[:len(part)] == part


class Differential(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        node = os.environ.get("NODE", "node")
        cls.flux = Server(cls, "flux", [FLUX, "socketio-echo", "--port=0"], r"http://localhost:(\d+)")
        cls.peers = [Server(cls, "ws", [node, "ws_echo.mjs"]), Server(cls, "websockets", [sys.executable, "websockets_echo.py"])]

    def test_the_same_streams_end_the_same(self):
        for seed in range(STREAMS):
            wire, clean = stream(seed)
            parts = pieces(seed, wire)
            ours = self.flux.outcome(parts)
            self.assertIsNotNone(ours["end"], f"seed {seed}: no close frame")
            for peer in self.peers:
                with self.subTest(seed=seed, peer=peer.name, clean=clean):
                    theirs = peer.outcome(parts)
                    if clean:
                        self.agree_on_clean(ours, theirs, peer.name)
                    else:
                        self.agree_on_broken(ours, theirs, peer.name)

    def agree_on_clean(self, ours, theirs, peer):
        self.assertEqual(ours["end"], theirs["end"])
        if peer == "ws":
            self.assertEqual(ours, theirs)
            return
        # `websockets` answers a close at once and drops echoes its task has not sent yet; and it answers only the newest of pings
        # that wait together, as the RFC allows.
        self.assertTrue(starts_with(ours["messages"], theirs["messages"]))
        self.assertTrue(set(theirs["pongs"]) <= set(ours["pongs"]) or starts_with(ours["pongs"], theirs["pongs"]))

    def agree_on_broken(self, ours, theirs, peer):
        # `websockets` looks at a text's UTF-8 when its task takes the message: after a close behind it was answered, perhaps.
        late = peer == "websockets" and ours["end"] == 1007
        # Some end the connection on a fault without a close frame reaching a client that still sends.
        if None not in (ours["end"], theirs["end"]) and not late:
            self.assertEqual(ours["end"], theirs["end"])
        # What was whole before the fault may have been echoed already, or not yet.
        longer, shorter = sorted((ours["messages"], theirs["messages"]), key=len, reverse=True)
        self.assertTrue(starts_with(longer, shorter))


if __name__ == "__main__":
    unittest.main()
