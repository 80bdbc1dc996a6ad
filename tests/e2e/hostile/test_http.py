"""Requests nobody honest sends: LIM-08, LIM-09."""

import json
import time
import unittest

from victim import HostileTest, answer, ended, http

TARGET = "/socket.io/?EIO=4&transport=polling"
START = f"GET {TARGET} HTTP/1.1\r\nHost: localhost\r\n".encode()


class HostileHttp(HostileTest):
    def send(self, data):
        """The status a raw request gets, and that the connection ends after it."""
        with self.victim.connect() as connection:
            try:
                connection.sendall(data)
            except ConnectionError:
                pass  # it was refused before all of it was sent
            status = answer(connection)
            self.assertTrue(ended(connection))
        return status

    def test_a_megabyte_of_header(self):
        self.assertIn(self.send(START + b"X: " + b"x" * 1_000_000), (431, None))

    def test_ten_thousand_header_lines(self):
        self.assertIn(self.send(START + b"X: y\r\n" * 10_000), (431, None))

    def test_conflicting_lengths(self):
        post = f"POST {TARGET} HTTP/1.1\r\nHost: localhost\r\n".encode()
        for lengths in (b"Content-Length: 5\r\nContent-Length: 6\r\n",
                        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                        b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked, identity\r\n",
                        b"Content-Length: -1\r\n", b"Content-Length: +5\r\n", b"Content-Length: 5, 5\r\n",
                        b"Content-Length: 99999999999999999999\r\n", b"Content-Length : 5\r\n"):
            with self.subTest(lengths):
                status = self.send(post + lengths + b"\r\n4abcd")
                self.assertTrue(400 <= status <= 501, status)

    def test_chunks_of_nonsense(self):
        post = f"POST {TARGET} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        for chunks in (b"zz\r\n", b"-1\r\n", b"0x5\r\n12345\r\n", b"fffffffffffffffff\r\n", b"5\r\n123456789\r\n", b"\r\n",
                       b"5;" + b"x" * 100_000):
            with self.subTest(chunks[:20]):
                status = self.send(post + chunks)
                self.assertTrue(status is None or 400 <= status <= 431, status)

    def test_what_is_no_http(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), b"\0" * 1000,
                     b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n Host: folded\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                     b"G" * 20_000):
            with self.subTest(data[:20]):
                status = self.send(data)
                self.assertTrue(status is None or 400 <= status <= 505, status)

    def test_session_ids_that_are_none(self):
        for sid in ("..%2f..%2fetc%2fpasswd", "%00", "a%00b", "x" * 2_000, "%ff%fe", "../..", "a" * 20, ""):
            with self.subTest(sid):
                status, body = http(self.victim.port, "GET", f"{TARGET}&sid={sid}")
                self.assertEqual(status, 400)
                self.assertIn(b'"code":1', body)

    def test_slow_heads_and_slow_bodies_are_given_up_in_time(self):
        opened = http(self.victim.port, "GET", TARGET)[1]  # the body of nobody's session is not even awaited
        sid = json.loads(opened[1:])["sid"]
        began = time.monotonic()
        post = f"POST {TARGET}&sid={sid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n4".encode()
        heads = [self.victim.connect() for _ in range(50)]
        bodies = [self.victim.connect() for _ in range(50)]
        for connection in heads:
            connection.sendall(START)
        for connection in bodies:
            connection.sendall(post)
        self.assertLess(self.victim.good_client(), 1)
        for connection in heads:
            self.assertEqual(answer(connection), 408)
            self.assertTrue(ended(connection))
        self.assertLess(time.monotonic() - began, 10 + 5)
        for connection in bodies:
            self.assertEqual(answer(connection), 408)
            self.assertTrue(ended(connection))
        self.assertLess(time.monotonic() - began, 20 + 5)
        for connection in heads + bodies:
            connection.close()


if __name__ == "__main__":
    unittest.main()
