"""What may stand where a Kafka is expected, and rules that a real one is given."""

import http.server
import socket
import struct
import threading
import time


class Silent:
    """Takes connections and says nothing."""

    def __init__(self, test):
        self._listening = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self._listening.close)
        self.address = "127.0.0.1:%d" % self._listening.getsockname()[1]


class WebServer:
    def __init__(self, test):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)
        self.address = "127.0.0.1:%d" % server.server_address[1]


class WrongClock:
    """Stands before a Kafka, and is it in all but the time: that of its controller is `ahead` seconds off."""

    _DESCRIBE_QUORUM = 55

    def __init__(self, test, brokers, ahead):
        host, port = brokers.split(":")
        self._kafka = (host, int(port))
        self._ahead = ahead
        self._listening = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self._listening.close)
        self.address = "127.0.0.1:%d" % self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(self._kafka) as kafka:
            while True:
                request = _frame(client)
                if not request:
                    return
                kafka.sendall(struct.pack(">i", len(request)) + request)
                answer = _frame(kafka)
                if struct.unpack(">h", request[:2])[0] == self._DESCRIBE_QUORUM:
                    answer = self._moved(answer)
                client.sendall(struct.pack(">i", len(answer)) + answer)

    def _moved(self, answer):
        """With every time that is of this day moved."""
        now = time.time() * 1000
        for place in range(len(answer) - 7):
            value = struct.unpack_from(">q", answer, place)[0]
            if abs(value - now) < 86_400_000:
                moved = struct.pack(">q", value + int(self._ahead * 1000))
                answer = answer[:place] + moved + answer[place + 8:]
        return answer


def _frame(peer):
    """The next message without its length; nothing at the end."""
    length = peer.recv(4, socket.MSG_WAITALL)
    if len(length) < 4:
        return b""
    return peer.recv(struct.unpack(">i", length)[0], socket.MSG_WAITALL)


TOPIC, GROUP = 2, 3  # Kafka's numbers of what rules are about


def allow(brokers, user, kind, name, *operations):
    """Lets a user do these things (Kafka's numbers) with a topic or a group: a CreateAcls request, version 1."""
    def text(value):
        return struct.pack(">h", len(value)) + value.encode()
    rules = b"".join(struct.pack(">b", kind) + text(name) + struct.pack(">b", 3) + text(f"User:{user}") + text("*") +
                     struct.pack(">bb", operation, 3) for operation in operations)
    request = struct.pack(">hhi", 30, 1, 1) + text("rules") + struct.pack(">i", len(operations)) + rules
    host, port = brokers.split(":")
    with socket.create_connection((host, int(port))) as kafka:
        kafka.sendall(struct.pack(">i", len(request)) + request)
        answer = _frame(kafka)
    count = struct.unpack_from(">i", answer, 8)[0]
    if count != len(operations) or struct.unpack_from(">h", answer, 12)[0] != 0:
        raise AssertionError(f"the rule was not taken: {answer!r}")
