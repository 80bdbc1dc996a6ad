"""Sessions misused."""

import contextlib
import json
import struct
import threading
import time
import unittest

from victim import GROWTH_MAX, HostileTest, WebSocket, answer, ended, http, wait_until

POLL = "/socket.io/?EIO=4&transport=polling"


class HostileSessions(HostileTest):
    def polling_session(self):
        """The URL's target of a session that has joined `/`."""
        opened = http(self.victim.port, "GET", POLL)[1]
        target = f"{POLL}&sid={json.loads(opened[1:])['sid']}"
        self.assertEqual(http(self.victim.port, "POST", target, b"40"), (200, b"ok"))
        return target

    def test_one_that_posts_150_megabytes_and_never_polls(self):
        """LIM-12"""
        target = self.polling_session()
        body = b'42["message","' + b"x" * 900_000 + b'"]'
        for sent in range(170):
            status, _ = http(self.victim.port, "POST", target, body)
            if status != 200:
                break
        self.assertEqual(status, 400)
        self.assertLess(sent * len(body), 3_000_000)  # over the hard bound at the latest with the second echo

    def test_one_that_never_reads_200_megabytes_of_echo(self):
        """LIM-12, RSN-01"""
        with WebSocket(self.victim.connect(), "/socket.io/?EIO=4&transport=websocket") as client:
            client.send(1, b"40")
            message = b'42["message","' + b"x" * 100_000 + b'"]'
            for _ in range(2_000):  # what comes after it was closed is passed over
                client.send(1, message)
            began = time.monotonic()
            self.assertEqual(client.close_code(), 4000)
            self.assertTrue(ended(client.connection))
            self.assertLess(time.monotonic() - began, 5 + 5)

    def test_somebody_elses_session(self):
        """EIO-03: who knows no session id can end nobody's session: ids cannot be guessed from one's own."""
        target = self.polling_session()
        sid = target.rsplit("=", 1)[1]
        for guess in (sid[:-1] + ("A" if sid[-1] != "A" else "B"), sid[::-1], sid[:2] + "A" * (len(sid) - 2), sid.swapcase()):
            self.assertEqual(http(self.victim.port, "POST", f"{POLL}&sid={guess}", b"1")[0], 400)
        self.assertEqual(http(self.victim.port, "POST", target, b'421["message-with-ack"]'), (200, b"ok"))

    def test_twenty_websockets_probe_one_session(self):
        """EIO-20"""
        opened = http(self.victim.port, "GET", POLL)[1]
        sid = json.loads(opened[1:])["sid"]
        probes = [WebSocket(self.victim.connect(), f"/socket.io/?EIO=4&transport=websocket&sid={sid}") for _ in range(20)]
        alive, closed = [], []

        def probe(client):
            with contextlib.suppress(ConnectionError):  # it may be told to go before it has asked
                client.send(1, b"2probe")
            opcode, payload = client.receive()
            if (opcode, payload) == (1, b"3probe"):
                alive.append(client)
            elif opcode == 8:
                closed.append(struct.unpack(">H", payload[:2])[0])

        threads = [threading.Thread(target=probe, args=(client,)) for client in probes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(alive), 1)
        self.assertEqual(closed, [1002] * 19)
        alive[0].send(1, b"5")
        alive[0].send(1, b"40")
        wait_until("it speaks for the session", lambda: alive[0].text().startswith("40{"))
        for client in probes:
            client.connection.close()

    def test_five_thousand_half_open_handshakes(self):
        """LIM-09"""
        before = self.victim.descriptors()
        with contextlib.ExitStack() as connections:
            half_open = []
            for number in range(5_000):
                connection = connections.enter_context(self.victim.connect(f"127.0.1.{number % 10 + 1}"))
                connection.sendall(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: local")
                half_open.append(connection)
            began = time.monotonic()
            wait_until("the server has all of them", lambda: self.victim.descriptors() > before + 4_990, 5)
            self.assertLess(self.victim.good_client(), 1)
            self.assertLess(self.victim.growth(), GROWTH_MAX)
            for connection in half_open:
                self.assertEqual(answer(connection), 408)
                self.assertTrue(ended(connection))
            self.assertLess(time.monotonic() - began, 10 + 5)
            wait_until("the server has none of them", lambda: self.victim.descriptors() < before + 10, 5)


if __name__ == "__main__":
    unittest.main()
