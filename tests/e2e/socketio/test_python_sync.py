"""python-socketio's Client (requests and websocket-client) against Flux."""

import contextlib
import queue
import signal
import unittest

import engineio
import socketio

from server import Echo, Server

PATIENCE_SECONDS = 10
TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]]


class InOrderEngine(engineio.Client):
    """Handles messages on the thread that reads them; by itself the client starts a thread for each, and their order is lost."""

    def start_background_task(self, target, *args, **kwargs):
        if target == self.handlers.get("message"):
            return target(*args, **kwargs)
        return super().start_background_task(target, *args, **kwargs)


class InOrder(socketio.Client):
    def _engineio_client_class(self):
        return InOrderEngine


class Client:
    """A Client whose events wait in queues."""

    def __init__(self, server, transports, namespaces=("/",), auth=None, kind=socketio.Client, **options):
        self.io = kind(**options)
        self.queues = {}
        for namespace in namespaces:
            self.io.on("*", self._note(namespace), namespace=namespace)
            for name in ("connect_error", "disconnect"):
                self.io.on(name, self._note_as(name), namespace=namespace)
        self.io.connect(server.url, transports=transports, namespaces=list(namespaces), auth=auth,
                        wait_timeout=PATIENCE_SECONDS)

    def _queue(self, name):
        return self.queues.setdefault(name, queue.Queue())

    def _note(self, namespace):
        return lambda event, *args: self._queue(event if namespace == "/" else namespace + event).put(args)

    def _note_as(self, name):
        return lambda *args: self._queue(name).put(args)

    def next(self, name):
        return self._queue(name).get(timeout=PATIENCE_SECONDS)

    def ask(self, *args):
        return self.io.call(args[0], args[1:], timeout=PATIENCE_SECONDS)


class SyncClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2")
        cls.addClassCleanup(cls.server.stop)

    @contextlib.contextmanager
    def client(self, transports, **options):
        with self.subTest(transports=transports):
            client = Client(self.server, transports, **options)
            try:
                yield client
            finally:
                client.io.disconnect()
                client.io.wait()

    def test_auth_payload(self):
        """SIO-02, ECH-02"""
        for transports in TRANSPORTS:
            with self.client(transports, auth={"token": "ü"}) as client:
                self.assertEqual(client.next("auth"), ({"token": "ü"},))

    def test_transport_in_the_end(self):
        """EIO-01, EIO-02, EIO-17, SIO-01"""
        for transports in TRANSPORTS:
            with self.client(transports) as client:
                self.assertEqual(client.ask("message-with-ack", 1), 1)
                self.assertEqual(client.io.transport(), transports[-1])

    def test_text_json_and_unicode(self):
        """SIO-10, ECH-03"""
        for transports in TRANSPORTS:
            with self.client(transports) as client:
                client.io.emit("message", (1.5, {"a": [None, True, {"☃": "😀"}]}, ""))
                self.assertEqual(client.next("message-back"), (1.5, {"a": [None, True, {"☃": "😀"}]}, ""))

    def test_two_attachments(self):
        """SIO-11"""
        for transports in TRANSPORTS:
            with self.client(transports) as client:
                client.io.emit("message", ({"deep": [b"\x00\xff"]}, b"x" * 100_000))
                self.assertEqual(client.next("message-back"), ({"deep": [b"\x00\xff"]}, b"x" * 100_000))

    def test_acknowledgements_both_ways(self):
        """SIO-12, SIO-13, SIO-14, ECH-03, ECH-04"""
        for transports in TRANSPORTS:
            with self.client(transports) as client:
                self.assertEqual(client.ask("message-with-ack", 1, "2", b"\x03"), (1, "2", b"\x03"))
                client.io.on("question", lambda text: (text + "!", b"\x09"))
                client.io.emit("ask", "how")
                self.assertEqual(client.next("answer"), ("how!", b"\x09"))

    def test_order_of_1000_messages(self):
        """EIO-04, EIO-23, EIO-26"""
        for transports in TRANSPORTS:
            with self.client(transports, kind=InOrder) as client:
                for number in range(1000):
                    client.io.emit("message", number)
                received = [client.next("message-back")[0] for _ in range(1000)]
                self.assertEqual(received, list(range(1000)))

    def test_namespaces(self):
        """SIO-03"""
        for transports in TRANSPORTS:
            with self.client(transports, namespaces=("/", "/custom")) as client:
                self.assertEqual(client.next("/customauth"), ({},))
                self.assertEqual(client.ask("message-with-ack", "main"), "main")

    def test_unknown_namespace(self):
        """SIO-04"""
        for transports in TRANSPORTS:
            with self.assertRaises(socketio.exceptions.ConnectionError):
                Client(self.server, transports, namespaces=("/random",))

    def test_reconnects_after_a_cut(self):
        """RSN-03, RSN-07"""
        for transports in TRANSPORTS:
            with self.client(transports, reconnection_delay=0.01, randomization_factor=0) as client:
                client.next("auth")
                client.io.emit("cut")
                client.next("disconnect")
                self.assertEqual(client.next("auth"), ({},))
                self.assertEqual(client.ask("message-with-ack", "back"), "back")

    def test_comes_back_after_a_restart(self):
        """RSN-02, RSN-07, SIO-01"""
        for end in (signal.SIGTERM, signal.SIGKILL):
            for transports in TRANSPORTS:
                with self.subTest(end=end, transports=transports), Echo() as echo:
                    client = Client(echo, transports, reconnection_delay=0.01, reconnection_delay_max=0.05)
                    try:
                        client.next("auth")
                        self.assertEqual(client.ask("message-with-ack", "before"), "before")
                        old_id = client.io.get_sid()
                        echo.end(end)
                        client.next("disconnect")
                        echo.start()
                        self.assertEqual(client.next("auth"), ({},))
                        self.assertNotEqual(client.io.get_sid(), old_id)
                        self.assertEqual(client.ask("message-with-ack", "again"), "again")
                        self.assertEqual(client.io.transport(), transports[-1])
                    finally:
                        client.io.disconnect()
                        client.io.wait()

    def test_rooms(self):
        """SIO-27"""
        clients = [Client(self.server, transports) for transports in TRANSPORTS * 2]
        try:
            for client in clients:
                client.ask("join", "r")
            clients[0].ask("broadcast", "r", {"n": 1})
            for client in clients:
                self.assertEqual(client.next("news"), ({"n": 1},))
        finally:
            for client in clients:
                client.io.disconnect()


if __name__ == "__main__":
    unittest.main()
