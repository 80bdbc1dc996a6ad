"""The plain echo at the bound of its messages."""

import hashlib
import os
import struct
import unittest

from victim import HostileTest, WebSocket, ended, frame

MOST = 64 * 1024 * 1024


class PlainEcho(HostileTest):
    PEAK_MAX = 3 * MOST  # a message, its echo, and what a buffer that grows needs meanwhile

    def open(self):
        client = WebSocket(self.victim.connect(), "/plain")
        self.addCleanup(client.connection.close)
        return client

    def test_64_mebibytes_come_back_whole(self):
        """EIO-36, ECH-05"""
        message = os.urandom(MOST)
        for pieces in ([message], [message[:MOST // 3], message[MOST // 3:]]):
            with self.subTest(pieces=len(pieces)):
                client = self.open()
                for number, piece in enumerate(pieces):
                    client.send(2 if number == 0 else 0, piece, final=number == len(pieces) - 1)
                opcode, payload = client.receive()
                self.assertEqual((opcode, len(payload)), (2, MOST))
                self.assertEqual(hashlib.sha256(payload).digest(), hashlib.sha256(message).digest())
                client.connection.close()

    def test_one_byte_more_is_refused(self):
        """EIO-36, RSN-05: by what is announced, before it comes"""
        half = bytes(MOST // 2)
        for data in (b"\x82\xff" + struct.pack(">Q", MOST + 1) + b"\0\0\0\0",
                     frame(2, half, final=False) + b"\x80\xff" + struct.pack(">Q", MOST // 2 + 1) + b"\0\0\0\0"):
            client = self.open()
            client.raw(data)
            self.assertEqual(client.close_code(), 1009)
            self.assertTrue(ended(client.connection))


if __name__ == "__main__":
    unittest.main()
