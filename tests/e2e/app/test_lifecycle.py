"""Starting and stopping the real program."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time
import unittest

from flux_process import FLUX, Flux, Folder, environment, request, run, wait_until


class Starting(unittest.TestCase):
    def test_one_line_for_people_names_the_url_and_the_page_answers(self):
        flux = Flux(self)
        self.assertEqual(len(flux.said), 1, flux.said)
        self.assertRegex(flux.said[0], r"^Flux is running: http://localhost:\d+  \(weather, crypto, stock and news are simulated; Ctrl-C ends it\)$")
        self.assertEqual(request(flux.url + "/")[0], 200)

    def test_the_page_is_served_from_static_dir(self):
        folder = Folder(self)
        (folder.path / "page").mkdir()
        folder.write("page/index.html", "<p>prices</p>", 0o644)
        flux = Flux(self, "--http.static_dir=page", folder=folder)
        self.assertEqual(request(flux.url + "/")[2], "<p>prices</p>")

    def test_a_static_dir_without_a_page_is_refused_by_name(self):
        folder = Folder(self)
        ended = run("up", "--http.port=0", "--admin.port=0", "--http.static_dir=nowhere", cwd=folder.path)
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"http.static_dir", ended.stderr)

    def test_the_data_directory_is_the_owners_alone(self):
        flux = Flux(self)
        self.assertEqual(stat.S_IMODE(flux.data.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((flux.data / "admin.token").stat().st_mode), 0o600)

    def test_a_second_process_on_one_data_directory_is_refused_with_the_owners_pid(self):
        flux = Flux(self)
        second = run("up", "--http.port=0", "--admin.port=0", f"--data_dir={flux.data}")
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"in use by process {flux.process.pid}", second.stderr.decode())
        self.assertEqual(request(flux.admin + "/readyz")[0], 200)
        # It has not taken the first one's token or address with it.
        self.assertEqual(run("produce", "--topic", "crypto.ticker.event.updated", f"--data_dir={flux.data}",
                             stdin=b"{}").returncode, 0)

    def test_a_port_in_use_names_the_setting_and_the_owner(self):
        with socket.create_server(("127.0.0.1", 0)) as owner:
            port = owner.getsockname()[1]
            for setting, other in (("http.port", "admin.port"), ("admin.port", "http.port")):
                with self.subTest(setting):
                    ended = run("up", f"--{setting}={port}", f"--{other}=0", cwd=Folder(self).path)
                    last = ended.stderr.decode().strip().splitlines()[-1]
                    self.assertEqual(ended.returncode, 1)
                    self.assertIn(setting, last)
                    self.assertIn(str(port), last)
                    self.assertIn(str(os.getpid()), last)

    def test_the_files_limit_is_told_as_connections(self):
        flux = Flux(self)
        limits = next(line for line in flux.log() if line["event"] == "process.limits")
        self.assertGreater(limits["connections"], 0)
        self.assertGreater(limits["open_files_max"], limits["connections"])

    def test_it_starts_again_on_the_same_data_after_kill_9(self):
        folder = Folder(self)
        first = Flux(self, folder=folder)
        self.assertEqual(first.stop(signal.SIGKILL), -signal.SIGKILL)
        second = Flux(self, folder=folder)
        self.assertEqual(second.stop(), 0)


class StoppingWhileItStarts(unittest.TestCase):
    """A start that takes seconds: two thousand durable topics, each made with an fsync."""

    def setUp(self):
        self.folder = Folder(self)
        self.folder.write("flux.toml", "".join(
            f'[[topic]]\nname = "t{number}"\ndurable = true\n' for number in range(2_000)))

    def _start(self, *flags):
        """Inside the slow step: the first topics are made, most are not."""
        self.flux = Flux(self, *flags, folder=self.folder, wait=False)
        wait_until("the first topics are made", lambda: self._topics() >= 20)
        self.assertLess(self._topics(), 1_000, "the start was too fast to be stopped inside it")

    def _topics(self):
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.flux.data}/bus/log.db?mode=ro", uri=True)) as log:
                return log.execute("SELECT count(*) FROM topics").fetchone()[0]
        except sqlite3.OperationalError:  # not there yet, or not yet with its tables
            return 0

    def test_the_first_signal_ends_it_cleanly(self):
        self._start("--shutdown.timeout=60s")
        self.assertEqual(self.flux.stop(), 0)
        self.assertFalse(any(line.startswith("Flux is running") for line in self.flux.lines))
        self.assertTrue(self.flux.logged("shutdown.done"))
        self.assertFalse((self.flux.data / "admin.token").exists())

    def test_a_start_that_hangs_is_abandoned_in_time(self):
        self._start("--shutdown.timeout=200ms", "--shutdown.drain_window=0ms", "--socketio.close_timeout=100ms")
        began = time.monotonic()
        self.assertEqual(self.flux.stop(), 1)
        self.assertIn("flux: the shutdown took longer than shutdown.timeout and was abandoned", self.flux.lines)
        self.assertFalse(self.flux.logged("shutdown.done"))
        self.assertLess(time.monotonic() - began, 5)

    def test_it_is_alive_but_not_ready_until_everything_is_warm(self):
        self._start()
        admin = f"http://127.0.0.1:{self.flux.admin_port()}"
        self.assertEqual(request(admin + "/livez")[0], 200)
        status, _, body = request(admin + "/readyz")
        self.assertLess(self._topics(), 2_000, "it was asked too late")
        self.assertEqual((status, json.loads(body)["checks"]), (503, {
            "bus": "ok", "gateway": "waiting", "feeds": "waiting", "listeners": "waiting"}))
        self.flux.wait_until_it_runs()
        self.assertEqual(request(admin + "/readyz")[0], 200)
        self.assertGreaterEqual(self._topics(), 2_000)

    def test_a_second_signal_ends_it_at_once(self):
        self._start()
        self.flux.process.send_signal(signal.SIGINT)
        self.assertEqual(self.flux.stop(signal.SIGTERM), 128 + signal.SIGTERM)
        self.assertIn("flux: stopped at once by a second signal", self.flux.lines)


class Output(unittest.TestCase):
    def test_nobody_has_to_read_it(self):
        folder = Folder(self)
        data = folder.path / "data"
        process = subprocess.Popen(
            [FLUX, "up", "--http.port=0", "--admin.port=0", f"--data_dir={data}", "--log.format=json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=folder.path)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = (json.loads(line) for line in process.stderr)
        port = next(line["port"] for line in lines if line["event"] == "listener.ready" and line["listener"] == "admin")
        process.stdout.close()
        process.stderr.close()
        # The rest of the start is logged, and so is the stop.
        wait_until("it is ready", lambda: request(f"http://127.0.0.1:{port}/readyz")[0] == 200)
        self.assertEqual(request(f"http://127.0.0.1:{port}/livez")[0], 200)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 0)
        self.assertFalse((data / "admin.token").exists())

    def test_a_start_that_fails_fails_as_usual(self):
        read, write = os.pipe()
        os.close(read)
        with socket.create_server(("127.0.0.1", 0)) as owner, open(write, "wb") as nobody:
            ended = subprocess.run(
                [FLUX, "up", f"--http.port={owner.getsockname()[1]}", "--admin.port=0"], stdout=nobody, stderr=nobody,
                env=environment(), cwd=Folder(self).path, timeout=60, check=False)
        self.assertEqual(ended.returncode, 1)


class Stopping(unittest.TestCase):
    def test_either_signal_ends_it_cleanly_and_soon(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # the last: its terminal was closed
            with self.subTest(number.name):
                flux = Flux(self)
                began = time.monotonic()
                self.assertEqual(flux.stop(number), 0)
                self.assertLess(time.monotonic() - began, 10)
                events = [line["event"] for line in flux.log() if line["event"].startswith("shutdown.")]
                self.assertEqual(events, ["shutdown.begin", "shutdown.draining", "shutdown.stopping", "shutdown.done"])
                self.assertFalse((flux.data / "admin.token").exists())
                self.assertFalse((flux.data / "admin.address").exists())

    def _draining(self, *flags):
        """A Flux inside its drain: sockets that are closed one by one."""
        flux = Flux(self, "--shutdown.drain_window=10s", "--shutdown.timeout=25s", *flags)
        threads = [threading.Thread(target=flux.open_socket) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        flux.process.send_signal(signal.SIGTERM)
        wait_until("it drains", lambda: flux.logged("shutdown.draining"))
        return flux

    def test_while_it_drains_it_is_alive_but_not_ready_and_takes_nobody_new(self):
        flux = self._draining()
        status, _, body = request(flux.admin + "/readyz")
        self.assertEqual(status, 503)
        self.assertIn('"status":"draining"', body)
        self.assertEqual(request(flux.admin + "/livez")[0], 200)
        wait_until("new connections are refused", lambda: self._refuses(flux.url))
        self.assertEqual(flux.process.wait(timeout=30), 0)

    def _refuses(self, url):
        try:
            request(url)
            return False
        except OSError:
            return True

    def test_a_second_signal_ends_it_at_once(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(number.name):
                flux = self._draining()
                self.assertEqual(flux.stop(number), code)
                self.assertFalse(flux.logged("shutdown.done"))
                self.assertIn("flux: stopped at once by a second signal", flux.lines)

    def test_a_shutdown_that_takes_too_long_is_abandoned(self):
        flux = Flux(self, "--shutdown.drain_window=1500ms", "--socketio.close_timeout=200ms",
                    "--shutdown.timeout=2s")
        # Stopped as a whole, it cannot finish its shutdown; the limit runs on.
        for _ in range(100):
            flux.open_socket()
        flux.process.send_signal(signal.SIGTERM)
        wait_until("it drains", lambda: flux.logged("shutdown.draining"))
        flux.process.send_signal(signal.SIGSTOP)
        time.sleep(2.1)  # the limit itself, which only the clock can end
        flux.process.send_signal(signal.SIGCONT)
        self.assertEqual(flux.process.wait(timeout=10), 1)
        wait_until("it says so", lambda: any("shutdown.timeout" in line for line in flux.lines))


if __name__ == "__main__":
    unittest.main()
