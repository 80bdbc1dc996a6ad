"""Requests nobody honest sends."""

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
        """LIM-08"""
        self.assertEqual(self.send(START + b"X: " + b"x" * 1_000_000), 431)

    def test_ten_thousand_header_lines(self):
        """LIM-08"""
        self.assertEqual(self.send(START + b"X: y\r\n" * 10_000), 431)

    def test_conflicting_lengths(self):
        """LIM-24"""
        post = f"POST {TARGET} HTTP/1.1\r\nHost: localhost\r\n".encode()
        for expected, lengths in ((400, b"Content-Length: 5\r\nContent-Length: 6\r\n"),
                                  (400, b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                                  (501, b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                                  (501, b"Transfer-Encoding: gzip, chunked\r\n"),
                                  (501, b"Transfer-Encoding: chunked, identity\r\n"),
                                  (400, b"Content-Length: -1\r\n"), (400, b"Content-Length: +5\r\n"),
                                  (400, b"Content-Length: 5, 5\r\n"), (400, b"Content-Length: 99999999999999999999\r\n"),
                                  (400, b"Content-Length : 5\r\n")):
            with self.subTest(lengths):
                self.assertEqual(self.send(post + lengths + b"\r\n4abcd"), expected)

    def test_chunks_of_nonsense(self):
        """LIM-24"""
        for expected, chunks in ((400, b"zz\r\n"), (400, b"-1\r\n"), (400, b"0x5\r\n12345\r\n"), (413, b"fffffffffffffffff\r\n"),
                                 (400, b"5\r\n123456789\r\n"), (400, b"\r\n"), (400, b"5;" + b"x" * 100_000)):
            with self.subTest(chunks[:20]):
                # Of a session that lives: another body would be refused unread.
                sid = json.loads(http(self.victim.port, "GET", TARGET)[1][1:])["sid"]
                post = f"POST {TARGET}&sid={sid} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
                self.assertEqual(self.send(post + chunks), expected)

    def test_what_is_no_http(self):
        """LIM-09, LIM-24"""
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)  # of TLS; no line ends in it, so its time runs out
        for expected, data in ((408, hello), (408, b"\0" * 1000), (400, b"GET\r\n\r\n"), (505, b"GET / HTTP/9.9\r\n\r\n"),
                               (400, b"GET  / HTTP/1.1\r\n\r\n"), (400, b"GET / HTTP/1.1\r\n Host: folded\r\n\r\n"),
                               (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), (431, b"G" * 20_000)):
            with self.subTest(data[:20]):
                self.assertEqual(self.send(data), expected)

    def test_session_ids_that_are_none(self):
        """EIO-03"""
        for sid in ("..%2f..%2fetc%2fpasswd", "%00", "a%00b", "x" * 2_000, "%ff%fe", "../..", "a" * 20, ""):
            with self.subTest(sid):
                status, body = http(self.victim.port, "GET", f"{TARGET}&sid={sid}")
                self.assertEqual(status, 400)
                self.assertIn(b'"code":1', body)

    def test_session_ids_with_a_raw_nul(self):
        """EIO-03, LIM-24: not percent-encoded, such a target is no HTTP"""
        for sid in (b"\0", b"a\0b", b"\0" * 20, b"a" * 19 + b"\0"):
            with self.subTest(sid):
                self.assertEqual(self.send(f"GET {TARGET}&sid=".encode() + sid + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400)

    def test_slow_heads_and_slow_bodies_are_given_up_in_time(self):
        """LIM-09"""
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
