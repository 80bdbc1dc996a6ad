"""A throw-away nginx that runs a piece of configuration as it lies in the project: one process, ended by its id."""

import shutil
import subprocess
import time
from pathlib import Path

from server_process import ServerProcess

_READY_SECONDS = 30
_LISTENING = "0A"  # in /proc/net/tcp
_MAIN = """daemon off;
master_process off;
pid {folder}/nginx-own.pid;
error_log {folder}/error.log info;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/site.conf;
}}
"""


class Nginx:
    """One nginx in a folder of its own. `site` is the text of what goes into `http { }`, and `address` (host, port)
    one that it listens on."""

    def __init__(self, folder, site, address):
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "site.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(_MAIN.format(folder=self.folder))
        self.address = address
        self._process = ServerProcess(self.folder, "nginx")

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def up(self):
        """Starts it, and returns when it accepts connections."""
        self.check()
        self._process.start([_program(), "-e", self.folder / "error.log", "-p", self.folder, "-c", self.folder / "nginx.conf"])
        deadline = time.monotonic() + _READY_SECONDS
        while not self._listens():
            if not self._process.running():
                raise RuntimeError(f"nginx ended at once:\n{self.errors()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"nginx does not listen after {_READY_SECONDS} s:\n{self.errors()}")
            time.sleep(0.02)  # between two looks

    def check(self):
        """Raises when nginx does not accept its configuration."""
        said = subprocess.run([_program(), "-t", "-e", str(self.folder / "error.log"), "-p", str(self.folder), "-c",
                               str(self.folder / "nginx.conf")], capture_output=True, text=True, check=False)
        if said.returncode != 0:
            raise RuntimeError(f"nginx refuses its configuration:\n{said.stderr}")

    def down(self):
        """Ends it and its workers; connections through it are cut."""
        self._process.stop()

    def errors(self):
        log = self.folder / "error.log"
        return log.read_text()[-4000:] if log.is_file() else ""

    def _listens(self):
        # Asked of the kernel: a connection of ours would count as a client's.
        sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return any(one[1].endswith(f":{self.address[1]:04X}") and one[3] == _LISTENING for one in sockets)


def _program():
    """Debian keeps it where only root's path leads."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        raise RuntimeError("nginx is missing; `./dev bootstrap` installs it")
    return found
