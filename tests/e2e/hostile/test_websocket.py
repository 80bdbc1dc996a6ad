"""Frames nobody honest sends."""

import contextlib
import struct
import time
import unittest
import zlib

from victim import HostileTest, WebSocket, ended, frame

SOCKET = "/socket.io/?EIO=4&transport=websocket"
PLAIN = "/plain"


class Frames(HostileTest):
    def open(self, target=PLAIN, headers=""):
        client = WebSocket(self.victim.connect(), target, headers)
        self.addCleanup(client.connection.close)
        self.assertEqual(client.status, 101)
        return client

    def joined(self, headers=""):
        client = self.open(SOCKET, headers)
        self.assertTrue(client.text().startswith("0{"))
        client.send(1, b"40")
        self.assertTrue(client.text().startswith("40{"))
        self.assertEqual(client.text(), '42["auth",{}]')
        return client

    def closes(self, client, code, answered=False):
        """`answered`: with the client's close frame; without one the server waits for it some seconds."""
        self.assertEqual(client.close_code(), code)
        if answered:
            client.send(8, struct.pack(">H", code))
        self.assertTrue(ended(client.connection))


class HostileFrames(Frames):
    def test_malformed_frames(self):
        """RSN-05"""
        for what, data in (("not masked", frame(1, b"x", masked=False)), ("rsv1", frame(1, b"x", rsv=4)),
                           ("rsv3", frame(2, b"x", rsv=1)), ("opcode 3", frame(3, b"x")), ("opcode 11", frame(11, b"")),
                           ("a fragmented ping", frame(9, b"x", final=False)), ("a long ping", frame(9, b"x" * 126)),
                           ("a continuation of nothing", frame(0, b"x")),
                           ("text inside a fragmented text", frame(1, b"a", final=False) + frame(1, b"b")),
                           ("a close of one byte", frame(8, b"\x03")),
                           ("a close with a reserved code", frame(8, struct.pack(">H", 1005))),
                           ("a length not in its shortest form", b"\x81\xfe\x00\x01\0\0\0\0x")):
            with self.subTest(what):
                client = self.open()
                client.raw(data)
                self.closes(client, 1002)

    def test_a_length_of_nine_exabytes(self):
        """EIO-25, RSN-05"""
        client = self.open()
        client.raw(b"\x82\xff" + struct.pack(">Q", (1 << 63) - 1) + b"\0\0\0\0")
        self.closes(client, 1009)

    def test_over_the_limit_whole_and_in_pieces(self):
        """EIO-25, RSN-05"""
        client = self.joined()
        client.send(1, b"4" + b"x" * 1_000_000)
        self.closes(client, 1009)
        client = self.joined()
        client.send(1, b"4" + b"x" * 600_000, final=False)
        client.raw(frame(0, b"x" * 600_000)[:14])  # the head alone says enough
        self.closes(client, 1009)

    def test_a_message_that_never_ends(self):
        """LIM-10, RSN-05: a frame a second for ever: the time is the whole message's."""
        began = time.monotonic()
        client = self.joined()
        client.send(1, b"2[", final=False)
        client.connection.settimeout(0.5)
        code = None
        while code is None and time.monotonic() - began < 20 + 5:
            client.send(0, b" ", final=False)
            with contextlib.suppress(TimeoutError):
                code = client.close_code()
                self.assertIsNotNone(code, "the connection ended without a close frame")
        self.assertEqual(code, 1008)
        self.assertTrue(ended(client.connection))
        self.assertLess(time.monotonic() - began, 20 + 5)

    def test_fragments_without_content(self):
        """EIO-29: a million empty fragments cost time for each, but no memory."""
        client = self.joined()
        client.send(1, b"4", final=False)
        client.raw(frame(0, b"", final=False) * 1_000_000)
        client.send(0, b"2" + b'["message","end"]')
        self.assertEqual(client.text(), '42["message-back","end"]')

    def test_invalid_utf8_at_every_split(self):
        """RSN-05"""
        for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            text = b"4\xe2\x98\x83" + bad
            for split in range(len(text) + 1):
                with self.subTest(bad=bad, split=split):
                    client = self.open(SOCKET)
                    client.send(1, text[:split], final=False)
                    client.send(0, text[split:])
                    self.closes(client, 1007)

    def test_json_a_hundred_thousand_deep(self):
        """LIM-11, SIO-06"""
        for deep in (b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000):
            client = self.joined()
            client.send(1, b'42["message",' + deep)
            self.closes(client, 1002)

    def test_too_many_attachments(self):
        """SIO-06"""
        for count in (11, 1_000_000_000, 10 ** 30):
            client = self.joined()
            client.send(1, b'45%d-["message"]' % count)
            self.closes(client, 1002)

    def test_attachments_that_do_not_come(self):
        """SIO-18, SIO-19, RSN-04: a hundred clients that announce ten attachments and send nine of 900 kB."""
        began = time.monotonic()
        clients = []
        for _ in range(100):
            client = self.joined()
            clients.append(client)
            places = ",".join('{"_placeholder":true,"num":%d}' % number for number in range(10))
            client.send(1, b'4510-["message",%s]' % places.encode())
            for _ in range(9):  # what comes after it was closed is passed over
                client.send(2, b"x" * 900_000)
            if len(clients) > 1:  # what waits is 12 MiB at most for one address
                self.closes(client, 4003, answered=True)
            else:
                client.send(9, b"all of it")
                self.assertEqual(client.receive(), (10, b"all of it"))
        self.assertLess(time.monotonic() - began, 20)
        for client in clients[:1]:
            self.closes(client, 1002, answered=True)
        self.assertLess(time.monotonic() - began, 20 + 5)


class HostileCompression(Frames):
    """Compressed messages that nobody honest sends."""

    OFFER = "Sec-WebSocket-Extensions: permessage-deflate\r\n"

    @staticmethod
    def deflated(data):
        deflate = zlib.compressobj(wbits=-15)
        return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def test_a_thousand_times_larger_than_it_looks(self):
        """CMP-04"""
        event = self.deflated(b'42["nothing","' + b"a" * 990_000 + b'"]')
        self.assertLess(len(event), 2_000)
        clients = [self.joined(self.OFFER) for _ in range(50)]
        for client in clients:
            for _ in range(20):
                client.send(1, event, rsv=4)
        for client in clients:
            client.send(1, b'421["message-with-ack","still there"]')
            self.assertEqual(client.text(), '431["still there"]')

    def test_larger_than_allowed(self):
        """CMP-04"""
        bomb = self.deflated(b"4" + b"a" * 100_000_000)
        self.assertLess(len(bomb), 100_000)
        for cut in (None, 1, 50_000):
            client = self.joined(self.OFFER)
            if cut is None:
                client.send(1, bomb, rsv=4)
            else:
                client.send(1, bomb[:cut], final=False, rsv=4)
                client.send(0, bomb[cut:])
            self.closes(client, 1009)

    def test_garbage(self):
        """CMP-04"""
        whole = self.deflated(b'42["message","' + b"ab" * 500 + b'"]')
        for what, data in (("no deflate", b"\xff" * 100), ("cut", whole[:-3]), ("text that is not UTF-8", self.deflated(b"4\xff" * 50))):
            with self.subTest(what):
                client = self.joined(self.OFFER)
                client.send(1, data, rsv=4)
                self.closes(client, 1007)

    def test_the_bit_where_it_has_no_meaning(self):
        """CMP-04"""
        for what, data in (("a ping", frame(9, b"x", rsv=4)), ("a continuation", frame(1, b"4", final=False) + frame(0, b"x", rsv=4))):
            with self.subTest(what):
                client = self.joined(self.OFFER)
                client.raw(data)
                self.closes(client, 1002)


if __name__ == "__main__":
    unittest.main()
