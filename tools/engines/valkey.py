"""A throw-away Valkey 8 or Redis 7, which forgets everything when it ends, unless it is told to keep it."""

import contextlib
import json
import shutil
import socket
import time
from pathlib import Path

import certificates
from server_process import ServerProcess

PROGRAMS = {"valkey": "valkey-server", "redis": "redis-server"}
USER, PASSWORD = "flux", "s3cret-pass"  # may do what Flux needs, and no more
READER, READER_PASSWORD = "reader", "reader-pass"  # may read, not write
_READY_SECONDS = 30


class Valkey:
    """The server of a folder. `port` is taken if it is free, else any. `secure` adds a port with TLS (`tls_address`, `ca`)
    and lets nobody in without a login. `durable` writes everything to its folder, and has it when it is started again."""

    def __init__(self, folder, program="valkey", port=0, secure=False, durable=False):
        self.folder = Path(folder).resolve()
        self._state = self.folder / "server.json"
        if self._state.is_file():
            known = json.loads(self._state.read_text())
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            known = {"program": program, "ports": _free_ports(port), "secure": secure, "durable": durable}
            if secure:
                certificates.make_certificates(self.folder, "server")
                self._write_users()
            self._state.write_text(json.dumps(known))
        self._known = known
        self._process = ServerProcess(self.folder, "server")

    @property
    def _durable(self):
        return self._known.get("durable", False)

    @property
    def port(self):
        return self._known["ports"][0]

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def tls_address(self):
        return f"localhost:{self._known['ports'][1]}"

    @property
    def ca(self):
        return self.folder / "ca.pem"

    def up(self):
        """Starts it unless it runs, and returns when it answers."""
        if not self._process.running():
            self.start()
        self.wait()

    def start(self):
        program = PROGRAMS[self._known["program"]]
        if shutil.which(program) is None:
            raise RuntimeError(f"{program} is not installed; ./dev bootstrap installs it")
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if self._durable else ["--appendonly", "no"]
        command = [program, "--port", self.port, "--bind", "127.0.0.1", "--save", "", *kept, "--dir", self.folder]
        if self._known["secure"]:
            command += ["--tls-port", self._known["ports"][1], "--tls-cert-file", self.folder / "server.pem", "--tls-key-file",
                        self.folder / "server.key", "--tls-ca-cert-file", self.ca, "--tls-auth-clients", "no", "--aclfile",
                        self.folder / "users.acl"]
        self._process.start(command)

    def wait(self):
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if not self._process.running():
                raise RuntimeError(f"{PROGRAMS[self._known['program']]} ended; see {self._process.log}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{PROGRAMS[self._known['program']]} is not ready after {_READY_SECONDS} s")
            time.sleep(0.02)  # between two looks

    def stop(self):
        self._process.stop()

    def kill(self):
        self._process.kill()

    def pause(self):
        self._process.pause()

    def resume(self):
        self._process.resume()

    def running(self):
        return self._process.running()

    def wipe(self):
        """Ends it and starts it again, empty."""
        self.down()
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        self.up()

    def down(self):
        self._process.resume()
        self._process.kill()  # nobody wants its data any more

    def remove(self):
        """Ends it and leaves nothing."""
        self.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, *words):
        """The answer to one command: text, a number, None or a list. Raises RuntimeError for an error."""
        with self.connect() as peer:
            return command(peer, *words)

    @contextlib.contextmanager
    def connect(self):
        """A connection that is logged in, where that is needed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as peer:
            if self._known["secure"]:
                command(peer, "AUTH", "admin", "admin-pass")
            yield peer

    def _write_users(self):
        (self.folder / "users.acl").write_text(
            "user default off\n"
            "user admin on >admin-pass ~* &* +@all\n"
            f"user {USER} on >{PASSWORD} ~* +ping +get +getrange +set +del +eval +rpush +type +object\n"
            f"user {READER} on >{READER_PASSWORD} ~* +ping +getrange\n")

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as peer:
                peer.settimeout(2)
                peer.sendall(b"PING\r\n")
                answer = peer.recv(7)
        except OSError:
            return False
        return answer.startswith((b"+PONG", b"-NOAUTH"))


def command(peer, *words):
    """Sends one command on a connection and returns its answer."""
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    peer.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    with peer.makefile("rb") as answers:
        return _read(answers)


def _read(answers):
    line = answers.readline()
    kind, rest = line[:1], line[1:].rstrip(b"\r\n")
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b"+":
        return rest.decode()
    if kind == b":":
        return int(rest)
    if kind == b"$":
        if int(rest) < 0:
            return None
        return answers.read(int(rest) + 2)[:-2].decode()
    if kind == b"*":
        return [_read(answers) for _ in range(int(rest))]
    raise RuntimeError(f"the server closed the connection, or sent {line!r}")


def _free_ports(first):
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(2)]
        for one, wanted in zip(sockets, (first, 0)):
            try:
                one.bind(("127.0.0.1", wanted))
            except OSError:
                one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
