"""Sessions misused: EIO-20, LIM-12."""

import contextlib
import json
import threading
import time
import unittest

from victim import HostileTest, WebSocket, ended, http, wait_until

POLL = "/socket.io/?EIO=4&transport=polling"


class HostileSessions(HostileTest):
    def polling_session(self):
        """The URL's target of a session that has joined `/`."""
        opened = http(self.victim.port, "GET", POLL)[1]
        target = f"{POLL}&sid={json.loads(opened[1:])['sid']}"
        self.assertEqual(http(self.victim.port, "POST", target, b"40"), (200, b"ok"))
        return target

    def test_one_that_posts_150_megabytes_and_never_polls(self):
        target = self.polling_session()
        body = b'42["message","' + b"x" * 900_000 + b'"]'
        for sent in range(170):
            status, _ = http(self.victim.port, "POST", target, body)
            if status != 200:
                break
        self.assertEqual(status, 400)
        self.assertLess(sent * len(body), 3_000_000)  # over the hard bound at the latest with the second echo

    def test_one_that_never_reads_200_megabytes_of_echo(self):
        with WebSocket(self.victim.connect(), "/socket.io/?EIO=4&transport=websocket") as client:
            client.send(1, b"40")
            message = b'42["message","' + b"x" * 100_000 + b'"]'
            with contextlib.suppress(ConnectionError):
                for _ in range(2_000):
                    client.send(1, message)
            # What came after it was closed as slow was passed over, and soon the connection is gone.
            began = time.monotonic()
            self.assertTrue(ended(client.connection))
            self.assertLess(time.monotonic() - began, 5 + 5)

    def test_somebody_elses_session(self):
        """Who knows no session id can end nobody's session: ids cannot be guessed from one's own."""
        target = self.polling_session()
        sid = target.rsplit("=", 1)[1]
        for guess in (sid[:-1] + ("A" if sid[-1] != "A" else "B"), sid[::-1], sid[:2] + "A" * (len(sid) - 2), sid.swapcase()):
            self.assertEqual(http(self.victim.port, "POST", f"{POLL}&sid={guess}", b"1")[0], 400)
        self.assertEqual(http(self.victim.port, "POST", target, b'421["message-with-ack"]'), (200, b"ok"))

    def test_twenty_websockets_probe_one_session(self):
        opened = http(self.victim.port, "GET", POLL)[1]
        sid = json.loads(opened[1:])["sid"]
        probes = [WebSocket(self.victim.connect(), f"/socket.io/?EIO=4&transport=websocket&sid={sid}") for _ in range(20)]
        alive = []

        def probe(client):
            with contextlib.suppress(ConnectionError, AssertionError):
                client.send(1, b"2probe")
                if client.text() == "3probe":
                    alive.append(client)

        threads = [threading.Thread(target=probe, args=(client,)) for client in probes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(alive), 1)
        alive[0].send(1, b"5")
        alive[0].send(1, b"40")
        wait_until("it speaks for the session", lambda: alive[0].text().startswith("40{"))
        for client in probes:
            client.connection.close()

    def test_five_thousand_half_open_handshakes(self):
        connections = []
        try:
            for number in range(5_000):
                connection = self.victim.connect(f"127.0.1.{number % 10 + 1}")
                connection.sendall(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: local")
                connections.append(connection)
            self.assertLess(self.victim.good_client(), 1)
        finally:
            for connection in connections:
                connection.close()


if __name__ == "__main__":
    unittest.main()
