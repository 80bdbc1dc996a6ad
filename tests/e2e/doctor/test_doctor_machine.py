"""`flux doctor` in the embedded mode: the machine, the settings, the data directory, the ports, a Flux that runs."""

import os
import pty
import socket
import subprocess
import unittest

from doctor_case import FLUX, Folder, environment, examine, run  # first: it knows the way to the others
from flux_process import Flux


class MachineTest(unittest.TestCase):
    def test_a_healthy_machine_in_lines_for_people(self):
        folder = Folder(self)
        ended = run("doctor", "--http.port=0", "--admin.port=0", "--http.connections_max=100", f"--data_dir={folder.path}/data",
                    cwd=folder.path)
        said = ended.stdout.decode()
        self.assertEqual(ended.returncode, 0, said)
        self.assertNotIn("\x1b", said)
        self.assertRegex(said, r"(?m)^ok       settings: no flux\.toml here")
        self.assertRegex(said, r"(?m)^ok       event bus: inside the process")
        lines = said.splitlines()
        self.assertEqual(lines[-1], f"{len(lines) - 1} checks: all well")
        self.assertFalse((folder.path / "data").exists(), "it makes nothing")

    def test_colours_are_for_a_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        subprocess.run([FLUX, "doctor", "--http.port=0", "--admin.port=0"], stdout=theirs, env=environment(),
                       cwd=Folder(self).path, check=False, timeout=60)
        os.close(theirs)
        self.assertIn(b"\x1b[32mok\x1b[0m", os.read(ours, 65536))

    def test_too_few_open_files(self):
        """Under a shell that lowers the limit, as one does that was set up so."""
        report = subprocess.run(["bash", "-c", 'ulimit -n 300; exec "$0" doctor --http.port=0 --admin.port=0', FLUX],
                                stdout=subprocess.PIPE, env=environment(), cwd=Folder(self).path, check=False, timeout=60)
        said = report.stdout.decode()
        self.assertEqual(report.returncode, 0, "a warning is no failure")
        self.assertRegex(said, r"warning  open files: only 300 may be open, enough for \d+ connections")
        self.assertRegex(said, r"to do: ulimit -Hn \d+ .*LimitNOFILE=\d+")
        self.assertRegex(said, r"(?m)^0 wrong, [1-9]\d* warnings?$")

    def test_settings_that_are_wrong_are_findings(self):
        folder = Folder(self)
        folder.write("flux.toml", "[http]\nprot = 80\n")
        ended = run("doctor", cwd=folder.path)
        said = ended.stdout.decode()
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(said, r"(?m)^wrong    settings: flux\.toml:2: .*prot")
        self.assertRegex(said, r"(?m)^1 wrong, 0 warnings$")

    def test_a_secret_that_everybody_can_read(self):
        folder = Folder(self)
        secret = folder.write("token", "0123456789abcdef0123456789abcdef", mode=0o644)
        finding = examine(self, f"--admin.token_file={secret}", folder=folder).of("settings")[0]
        self.assertEqual(finding["verdict"], "warning")
        self.assertEqual(finding["remedy"], f"chmod 600 {secret}")


class DataTest(unittest.TestCase):
    def test_a_place_that_cannot_be_written(self):
        folder = Folder(self)
        folder.write("file", "")
        finding = examine(self, f"--data_dir={folder.path}/file/data", folder=folder).one("data directory")
        self.assertEqual(finding["verdict"], "wrong")
        self.assertIn("is a file", finding["text"])
        self.assertIn("--data_dir", finding["remedy"])

    def test_a_directory_of_somebody_else(self):
        """Also for root, which may write everywhere unless that is taken from it."""
        folder = Folder(self)
        locked = folder.path / "locked"
        locked.mkdir(mode=0o500)
        bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
        ended = subprocess.run([*bound, FLUX, "doctor", "--http.port=0", "--admin.port=0", f"--data_dir={locked}/data"],
                               stdout=subprocess.PIPE, env=environment(), cwd=folder.path, check=False, timeout=60)
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stdout.decode(), r"wrong    data directory: \S*/locked/data cannot be written \(.*Permission denied\)")

    def test_one_that_another_flux_holds(self):
        folder = Folder(self)
        flux = Flux(self, folder=folder)
        report = examine(self, folder=folder)
        self.assertIn(f"process {flux.process.pid} uses it now", report.one("data directory")["text"])
        self.assertEqual(report.one("running Flux")["text"], f"process {flux.process.pid} on {flux.data} is ready")
        self.assertEqual(report.wrong, 0)
        self.assertEqual(flux.stop(), 0)
        self.assertIn("none on", examine(self, folder=folder).one("running Flux")["text"])


class PortsTest(unittest.TestCase):
    def test_a_port_that_somebody_else_has(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            finding = examine(self, f"--http.port={port}").one("web port")
        self.assertEqual(finding["verdict"], "wrong")
        self.assertIn(f"(pid {os.getpid()})", finding["text"])
        self.assertIn("--http.port", finding["remedy"])

    def test_the_ports_of_the_flux_that_runs_are_no_trouble(self):
        folder = Folder(self)
        flux = Flux(self, folder=folder)
        report = examine(self, f"--admin.port={flux.admin_port()}", folder=folder)
        self.assertEqual(report.one("admin port")["text"], f"the Flux that runs here listens on {flux.admin_port()}")
        self.assertEqual(report.wrong, 0, report.checks)


if __name__ == "__main__":
    unittest.main()
