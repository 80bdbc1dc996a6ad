"""`flux produce` against listeners that are none of ours, or do not answer: what it says of the record, and to whom it
goes at all."""

import signal
import socket
import threading
import unittest

from flux_process import Flux, Folder, run

TOPIC = "--topic=crypto.ticker.event.updated"


class Listener:
    """Accepts, reads a request whole, answers `answer` (None: never) and closes, until its test ends."""

    def __init__(self, test, answer):
        self.requests = []  # what came, as bytes
        self._answer = answer
        self._held = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        test.addCleanup(self._end)

    def _serve(self):
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            came = b""
            while b"\r\n\r\n{}" not in came:
                part = peer.recv(65536)
                if not part:
                    break
                came += part
            self.requests.append(came)
            if self._answer is None:
                self._held.append(peer)
                continue
            peer.sendall(self._answer)
            peer.close()

    def _end(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for peer in self._held:
            peer.close()


def answer(status, body):
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


class Outcome(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)
        self.token = self.folder.write("token", "s3cret")

    def _produce(self, listener, *flags):
        return run("produce", TOPIC, f"--admin.port={listener.port}", f"--admin.token_file={self.token}", *flags,
                   stdin=b"{}", cwd=self.folder.path)

    def _unknown(self, ended, sentence):
        said = ended.stderr.decode()
        self.assertEqual(ended.returncode, 3, said)
        self.assertTrue(said.startswith("flux: it is not known whether the record was stored: "), said)
        self.assertIn(sentence, said)
        self.assertEqual(ended.stdout, b"")

    def test_no_answer_in_time_leaves_it_open(self):
        listener = Listener(self, None)
        self._unknown(self._produce(listener, "--timeout=300ms"), "did not answer within 300ms")
        self.assertEqual(len(listener.requests), 1)

    def test_an_answer_that_leaves_it_open(self):
        for status in (504, 502):
            listener = Listener(self, answer(status, '{"error":"the disk did not say"}'))
            self._unknown(self._produce(listener), "the disk did not say")

    def test_a_connection_that_ends_before_the_answer(self):
        for cut in (b"", b"HTTP/1.1 201 Created\r\nContent-Le"):
            self._unknown(self._produce(Listener(self, cut)), "closed the connection before it had answered")

    def test_a_refusal_is_certain(self):
        for status in (400, 401, 404, 413, 503):
            ended = self._produce(Listener(self, answer(status, '{"error":"not this one"}')))
            self.assertEqual(ended.returncode, 1, status)
            self.assertEqual(ended.stderr, b"flux: nothing was published: not this one\n")

    def test_a_timeout_that_is_none_is_refused(self):
        for timeout in ("0", "never", "2h"):
            ended = run("produce", TOPIC, f"--timeout={timeout}", cwd=self.folder.path)
            self.assertEqual(ended.returncode, 2, timeout)
            self.assertIn(b"--timeout", ended.stderr)


class Where(unittest.TestCase):
    def test_what_was_asked_for_goes_before_what_was_announced(self):
        flux = Flux(self)
        other = Listener(self, answer(201, '{"from":"the other"}'))
        data = f"--data_dir={flux.data}"
        asked = run("produce", TOPIC, data, f"--admin.port={other.port}", stdin=b"{}", cwd=flux.folder.path)
        self.assertEqual((asked.returncode, asked.stdout), (0, b'{"from":"the other"}\n'), asked.stderr)
        asked = run("produce", TOPIC, data, stdin=b"{}", FLUX_ADMIN_PORT=str(other.port), cwd=flux.folder.path)
        self.assertEqual((asked.returncode, asked.stdout), (0, b'{"from":"the other"}\n'), asked.stderr)
        self.assertEqual(len(other.requests), 2)
        for flags in ([], ["--admin.port=0"]):  # 0 is any free one, so it was announced
            found = run("produce", TOPIC, data, *flags, stdin=b"{}", cwd=flux.folder.path)
            self.assertEqual(found.returncode, 0, found.stderr)
            self.assertIn(b'"offset"', found.stdout)

    def test_the_token_goes_to_nobody_on_the_port_of_one_that_was_killed(self):
        flux = Flux(self)
        self.assertEqual(flux.stop(signal.SIGKILL), -signal.SIGKILL)
        self.assertTrue((flux.data / "admin.token").exists())
        stranger = Listener(self, answer(201, "{}"))  # as if on the port that is free again
        flux.folder.write("data/admin.address", f"127.0.0.1 {stranger.port}\n")
        for flags in ([], ["--admin.port=0"]):
            ended = run("produce", TOPIC, f"--data_dir={flux.data}", *flags, stdin=b"{}", cwd=flux.folder.path)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("nothing was published: no Flux runs on the data directory", ended.stderr.decode())
        self.assertEqual(stranger.requests, [])


if __name__ == "__main__":
    unittest.main()
