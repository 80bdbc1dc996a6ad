"""The gate itself, between a client and a server that answers every line with a known text."""

import contextlib
import socket
import threading
import time
import unittest

from gate import Gate, Loop

_ANSWER = b"0123456789" * 20


class Answerer:
    """Answers every line, until it is closed."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer):
        with contextlib.suppress(OSError), peer:
            while peer.recv(100):
                peer.sendall(_ANSWER)

    def close(self):
        self._listening.close()


class GateTest(unittest.TestCase):
    def setUp(self):
        self.loop = Loop()
        self.addCleanup(self.loop.close)
        server = Answerer()
        self.addCleanup(server.close)
        self.gate = Gate(self.loop)
        self.addCleanup(self.gate.close)
        self.gate.upstream = server.port
        self.client = self.connect()

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.gate.port), timeout=10)
        self.addCleanup(client.close)
        return client

    def ask(self, client=None):
        """The answer, as far as it came."""
        client = client or self.client
        client.sendall(b"?\n")
        got = b""
        while len(got) < len(_ANSWER) and (part := client.recv(1000)):
            got += part
        return got

    def timed(self):
        began = time.monotonic()
        self.assertEqual(self.ask(), _ANSWER)
        return time.monotonic() - began

    def test_passes_everything_on_and_counts_it(self):
        self.assertEqual(self.ask(), _ANSWER)
        self.assertEqual(self.gate.passed, {"connections": 1, "asked": 2, "answered": len(_ANSWER)})
        self.assertFalse(self.gate.did)

    def test_delays_each_way_and_stops_delaying(self):
        self.gate.break_by("delay", 0.15)
        self.assertGreaterEqual(self.timed(), 0.3)
        self.assertEqual(self.gate.did["delay"], 2)
        self.gate.heal()
        self.assertLess(self.timed(), 0.3)

    def test_slows_to_a_rate(self):
        self.gate.break_by("slow", 1000)
        self.assertGreaterEqual(self.timed(), 0.2)
        self.assertGreater(self.gate.did["slow"], 0)

    def test_cuts_in_the_middle_of_a_reply(self):
        self.assertEqual(self.ask(), _ANSWER)
        self.gate.break_by("cut", 33)
        self.assertEqual(self.ask(), _ANSWER[:33])
        self.assertEqual(self.client.recv(1), b"", "and then it is the end")
        self.assertEqual(self.gate.did["cut"], 1)
        self.gate.heal("cut")
        self.assertEqual(self.ask(self.connect()), _ANSWER)

    def test_resets_what_runs_and_what_comes(self):
        self.ask()
        self.gate.break_by("reset")
        with self.assertRaises(ConnectionResetError):
            self.client.recv(1)
        with self.assertRaises(ConnectionResetError):
            self.ask(self.connect())
        self.assertEqual(self.gate.did["reset"], 2)

    def test_a_black_hole_holds_bytes_back_and_lets_them_go(self):
        self.ask()
        self.gate.break_by("black hole")
        self.client.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            self.ask()
        self.assertGreaterEqual(self.gate.did["black hole"], 1)
        self.gate.heal()
        self.client.settimeout(10)
        self.assertEqual(self.client.recv(1000), _ANSWER, "what was under way comes late")

    def test_holds_the_bytes_it_is_asked_for_so_that_a_fault_meets_them(self):
        hold = self.gate.hold("answered", b"89")
        self.addCleanup(hold.release)
        self.assertFalse(hold.wait(0))
        self.client.sendall(b"?\n")
        self.assertTrue(hold.wait(10))
        self.gate.break_by("cut", 33)
        hold.release()
        got = b""
        while part := self.client.recv(1000):
            got += part
        self.assertEqual(got, _ANSWER[:33])
        self.gate.heal()
        self.assertEqual(self.ask(self.connect()), _ANSWER, "it holds once")

    def test_what_it_is_not_asked_for_passes(self):
        hold = self.gate.hold("answered", b"nobody says so")
        self.assertEqual(self.ask(), _ANSWER)
        self.assertFalse(hold.wait(0))
        hold.release()

    def test_refuses_and_takes_the_same_port_again(self):
        self.ask()
        self.gate.break_by("refuse")
        with self.assertRaises(ConnectionResetError):
            self.client.recv(1)
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.assertEqual(self.gate.did["refuse"], 1)
        self.gate.heal()
        self.assertEqual(self.ask(self.connect()), _ANSWER)


if __name__ == "__main__":
    unittest.main()
