"""The server that is attacked, and what must still hold afterwards."""

import base64
import contextlib
import os
import re
import socket
import struct
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

FLUX = os.environ.get("FLUX_BIN", "")
# A sanitizer keeps memory that was freed for a while, and its build is slow: it says nothing about growth and little about speed.
_SANITIZED = bool(os.environ.get("FLUX_SANITIZED"))
GROWTH_MAX = float("inf") if _SANITIZED else 64 * 1024 * 1024
GOOD_CLIENT_SECONDS = 10.0 if _SANITIZED else 1.0
PATIENCE_SECONDS = 60


def wait_until(what, condition, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.01)  # between two looks, not for something to happen


class Victim:
    """One `flux socketio-echo`, shared by the tests of a class."""

    def __init__(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
        self.process = subprocess.Popen(
            [FLUX, "socketio-echo", "--port=0", "--ping-interval=25000", "--ping-timeout=20000"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        line = self.process.stdout.readline()
        self.port = int(re.search(r"http://localhost:(\d+)", line).group(1))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.good_client()  # what is made once is there before memory is measured
        self._before = self._memory("VmRSS")

    def _memory(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"^{name}:\s+(\d+) kB$", status.read(), re.MULTILINE).group(1)) * 1024

    def growth(self):
        """Bytes more than before the first attack."""
        return self._memory("VmRSS") - self._before

    def forget_peak(self):
        """The next peak is that of what comes now; where the kernel does not allow it, of all since the start."""
        with contextlib.suppress(PermissionError), open(f"/proc/{self.process.pid}/clear_refs", "w") as references:
            references.write("5")

    def peak_growth(self):
        return self._memory("VmHWM") - self._before

    def descriptors(self):
        """How many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connect(self, source="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS, source_address=(source, 0))

    def good_client(self, source="127.0.0.2"):
        """Seconds a well-behaved client needs to open a session, join the namespace and get its echo."""
        began = time.monotonic()
        with WebSocket(self.connect(source), "/socket.io/?EIO=4&transport=websocket") as client:
            assert client.text().startswith("0{")
            client.send(1, b"40")
            assert client.text().startswith("40{")
            assert client.text() == '42["auth",{}]'
            client.send(1, b'421["message-with-ack","good"]')
            assert client.text() == '431["good"]'
        return time.monotonic() - began

    def check(self, test, peak_max=GROWTH_MAX):
        """After an attack: alive, quick for others, small, and never larger than `peak_max` while it stood."""
        test.assertIsNone(self.process.poll(), "the server is gone")
        test.assertLess(self.good_client(), GOOD_CLIENT_SECONDS)
        test.assertLess(self.growth(), GROWTH_MAX)
        if not _SANITIZED:
            test.assertLess(self.peak_growth(), peak_max)

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        if code != 0:
            raise AssertionError(f"the server ended with {code}")


class HostileTest(unittest.TestCase):
    """A victim for the tests of a class, and what must hold after each of them."""

    PEAK_MAX = GROWTH_MAX

    @classmethod
    def setUpClass(cls):
        cls.victim = Victim()

    @classmethod
    def tearDownClass(cls):
        cls.victim.stop()

    def setUp(self):
        self.victim.forget_peak()

    def tearDown(self):
        self.victim.check(self, self.PEAK_MAX)


def ended(connection):
    """Whether the server has ended the connection; reads away what it still sends."""
    connection.settimeout(PATIENCE_SECONDS)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def answer(connection):
    """The status of the first answer, or None when the connection ends without one."""
    connection.settimeout(PATIENCE_SECONDS)
    received = b""
    try:
        while b"\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return None
            received += more
    except ConnectionError:
        return None
    return int(received.split(b" ", 2)[1])


def http(port, method, target, body=b"", headers=()):
    """(status, body) over a connection of its own."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{target}", data=body or None, method=method,
                                     headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


class WebSocket:
    """A WebSocket client that sends whatever it is told to."""

    def __init__(self, connection, target, headers=""):
        self.connection = connection
        self._buffer = bytearray()
        key = base64.b64encode(os.urandom(16)).decode()
        self.raw((f"GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n").encode())
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ", 2)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def raw(self, data):
        self.connection.sendall(data)

    def send(self, opcode, payload, final=True, masked=True, rsv=0):
        self.raw(frame(opcode, payload, final, masked, rsv))

    def _more(self):
        data = self.connection.recv(1 << 20)
        if not data:
            raise ConnectionError("the server ended the connection")
        self._buffer += data

    def receive(self):
        """(opcode, payload) of the next frame; the server's are whole and not masked."""
        def need(count):
            while len(self._buffer) < count:
                self._more()
        need(2)
        length, at = self._buffer[1], 2
        if length == 126:
            need(4)
            length, at = struct.unpack(">H", self._buffer[2:4])[0], 4
        elif length == 127:
            need(10)
            length, at = struct.unpack(">Q", self._buffer[2:10])[0], 10
        need(at + length)
        opcode, payload = self._buffer[0] & 15, bytes(self._buffer[at:at + length])
        del self._buffer[:at + length]
        return opcode, payload

    def text(self):
        """The next text; a heartbeat on the way is answered."""
        opcode, payload = self.receive()
        while payload == b"2":
            self.send(1, b"3")
            opcode, payload = self.receive()
        if opcode != 1:
            raise AssertionError(f"frame {opcode} instead of text: {payload!r}")
        return payload.decode()

    def close_code(self):
        """The code the server closes with; frames before it are passed over. None: ended without."""
        try:
            while True:
                opcode, payload = self.receive()
                if opcode == 8:
                    return struct.unpack(">H", payload[:2])[0]
        except ConnectionError:
            return None


def frame(opcode, payload, final=True, masked=True, rsv=0):
    head = bytes([(128 if final else 0) | rsv << 4 | opcode])
    mask_bit = 128 if masked else 0
    if len(payload) < 126:
        head += bytes([mask_bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([mask_bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([mask_bit | 127]) + struct.pack(">Q", len(payload))
    return head + (b"\0\0\0\0" if masked else b"") + payload
