"""Stands between a client and a server, and cuts or delays what passes."""

import contextlib
import socket
import threading


class Gate:
    """Passes bytes on until told to cut (then the connection ends after so many more bytes of the server), or to delay."""

    def __init__(self, test, port):
        self._port = port
        self._cut_after = None
        self.cuts = 0
        self._delay = 0
        self._quick = threading.Event()
        self._quick.set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self._listening.close)
        test.addCleanup(self.heal)
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_once_after(self, size):
        with self._lock:
            self._cut_after = size

    def delay(self, seconds):
        """Whatever passes takes so long, each way, until `heal`; what is on its way then comes at once."""
        self._delay = seconds
        self._quick.clear()

    def heal(self):
        self._quick.set()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                return
            for source, sink, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=(source, sink, answers), daemon=True).start()

    def _pass(self, source, sink, answers):
        with contextlib.suppress(OSError):
            while True:
                piece = source.recv(65536)
                self._quick.wait(self._delay)
                passed = self._what_passes(piece) if answers else piece
                sink.sendall(passed)
                if len(passed) < len(piece) or not piece:
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # its sink is the other thread's to close

    def _what_passes(self, piece):
        with self._lock:
            if self._cut_after is None:
                return piece
            if len(piece) <= self._cut_after:
                self._cut_after -= len(piece)
                return piece
            cut, self._cut_after = self._cut_after, None
            self.cuts += 1
            return piece[:cut]
