"""What the command line says: help, mistakes, the configuration."""

import os
import signal
import subprocess
import unittest
from pathlib import Path

from flux_process import FLUX, Folder, environment, request, run


class Help(unittest.TestCase):
    def test_every_command_explains_itself(self):
        commands = run("--help")
        self.assertEqual(commands.returncode, 0)
        for command in ("up", "config", "produce", "simulator", "socketio-echo", "gateway", "weather", "crypto", "stock", "news",
                        "version"):
            self.assertIn(f"  {command} ", commands.stdout.decode())
            ended = run(command, "--help")
            self.assertEqual(ended.returncode, 0, command)
            self.assertIn(b"Usage: flux " + command.encode(), ended.stdout)

    def test_no_command_prints_the_help(self):
        ended = run()
        self.assertEqual(ended.returncode, 2)
        self.assertIn(b"Start with `flux up`", ended.stdout)

    def test_a_slip_is_answered_with_what_was_meant(self):
        ended = run("prodcue")
        self.assertEqual(ended.returncode, 2)
        self.assertIn(b"there is no command prodcue; did you mean produce?", ended.stderr)

    def test_version(self):
        self.assertRegex(run("version").stdout.decode(), r"^flux \d+\.\d+\.\d+ ")

    def test_roles_of_their_own_say_why_they_do_not_start(self):
        for role in ("gateway", "weather", "crypto", "stock", "news"):
            ended = run(role, "--http.port=0")
            self.assertEqual(ended.returncode, 2)
            self.assertIn(b"roles of their own meet on Kafka", ended.stderr)

    def test_missing_and_bad_options(self):
        for arguments in (["produce"], ["simulator", "--port=x"], ["simulator", "--product=BTC-USD"],
                          ["socketio-echo", "--shards=0"]):
            ended = run(*arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertTrue(ended.stderr.startswith(b"flux: "), ended.stderr)


class Output(unittest.TestCase):
    def test_a_command_whose_reader_is_gone_ends_quietly(self):
        for ignored_by_the_parent in (False, True):  # Python ignores SIGPIPE; a child inherits that unless restored
            read, write = os.pipe()
            os.close(read)
            with open(write, "wb") as nobody:
                ended = subprocess.run([FLUX, "config", "--explain"], stdout=nobody, stderr=subprocess.PIPE,
                                       env=environment(), cwd=Folder(self).path, timeout=60, check=False,
                                       restore_signals=not ignored_by_the_parent)
            self.assertEqual((ended.returncode, ended.stderr), (-signal.SIGPIPE, b""))


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)

    def _refused(self, *flags, **variables):
        ended = run("up", *flags, cwd=self.folder.path, **variables)
        self.assertEqual(ended.returncode, 2)
        self.assertEqual(ended.stdout, b"")
        self.assertFalse((self.folder.path / "flux-data").exists(), "nothing may be done before the refusal")
        return ended.stderr.decode()

    def test_all_mistakes_are_told_at_once_with_place_and_remedy(self):
        self.folder.write("flux.toml", '[http]\nprot = 80\n\n[crypto]\nflush_interval = "2h"\n\n'
                                       '[[route]]\nname = "a"\ntopic = "t"\nroom = "r"\nevnt = "e"\n')
        said = self._refused("--shards=65", "--socketio.ping_intreval=1s", FLUX_CRYPTO_SUORCE="live")
        for line in ("flux.toml:2: http.prot is no setting; did you mean http.port?",
                     'flux.toml:5: crypto.flush_interval must be a duration such as "25s" or "250ms", from 10ms to '
                     '1h, not "2h"',
                     "FLUX_CRYPTO_SUORCE: no setting has this variable; did you mean FLUX_CRYPTO_SOURCE?",
                     '--shards: shards must be a whole number from 0 to 64, not "65"',
                     "--socketio.ping_intreval: no such setting; did you mean socketio.ping_interval?"):
            self.assertIn(line, said)

    def test_a_mistake_in_a_route_names_its_line(self):
        self.folder.write("flux.toml", '[[route]]\nname = "a"\ntopic = "t"\nroom = "r"\nevnt = "e"\n')
        said = self._refused()
        self.assertIn("flux.toml:5: ", said)
        self.assertIn("did you mean event?", said)

    def test_settings_that_do_not_fit_together(self):
        self.assertIn("outbox_bytes_soft must be below", self._refused("--socketio.outbox_bytes_soft=8MiB"))
        self.assertIn("must differ", self._refused("--admin.port=5173"))
        self.assertIn("shutdown.timeout", self._refused("--shutdown.drain_window=20s"))
        self.assertIn("twice", self._refused("--crypto.products=BTC-USD,BTC-USD"))

    def test_a_secret_among_the_flags_is_refused_and_not_repeated(self):
        said = self._refused("--admin.token=hunter2")
        self.assertIn("admin.token_file", said)
        self.assertNotIn("hunter2", said)

    def test_a_named_file_must_exist(self):
        self.assertIn("absent.toml", self._refused("--config=absent.toml"))

    def test_it_prints_what_is_in_force_and_that_reads_back(self):
        self.folder.write("flux.toml", 'shards = 2\n[http]\nport = 1234\n')
        shown = run("config", "--gateway.id=b", cwd=self.folder.path, FLUX_LOG_LEVEL="warn")
        self.assertEqual(shown.returncode, 0)
        text = shown.stdout.decode()
        for line in ("shards = 2  # flux.toml:1", "http.port = 1234  # flux.toml:3", 'gateway.id = "b"  # --gateway.id',
                     'log.level = "warn"  # FLUX_LOG_LEVEL', "admin.port = 9464  # default"):
            self.assertIn(line + "\n", text)
        self.folder.write("again.toml", text)
        again = run("config", "--config=again.toml", cwd=self.folder.path)
        self.assertEqual(again.returncode, 0, again.stderr)
        values = [line.split("  # ")[0] for line in text.splitlines() if not line.startswith("#")]
        self.assertEqual([line.split("  # ")[0] for line in again.stdout.decode().splitlines()
                          if not line.startswith("#")], values)

    def test_explain_describes_every_setting(self):
        names = [line.split(" = ")[0].lstrip("# ") for line in run("config", cwd=self.folder.path).stdout.decode()
                 .splitlines()]
        self.assertGreater(len(names), 40)
        explained = run("config", "--explain", cwd=self.folder.path).stdout.decode()
        for name in names:
            self.assertRegex(explained, rf"\| `{name}(_file)?` \|")
        self.assertIn("| now | set by |", explained)

    def test_the_document_of_defaults_is_the_same_everywhere(self):
        self.folder.write("flux.toml", "shards = 2\n")
        here = run("config", "--explain", "--defaults", cwd=self.folder.path, FLUX_LOG_LEVEL="warn")
        there = run("config", "--explain", "--defaults", cwd="/")
        self.assertEqual(here.stdout, there.stdout)
        self.assertNotIn(b"set by", here.stdout)


    def test_the_page_about_settings_is_up_to_date(self):
        page = Path(__file__).resolve().parents[3] / "docs" / "settings.md"
        self.assertEqual(page.read_text(), run("config", "--explain", "--defaults").stdout.decode(),
                         "write it anew: flux config --explain --defaults > docs/settings.md")


class SideServers(unittest.TestCase):
    def _started(self, *arguments):
        process = subprocess.Popen([FLUX, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        return process, process.stdout.readline()

    def test_the_simulator_answers_and_stops(self):
        process, line = self._started("simulator", "--port=0", "--seed=7")
        port = line.split("ws://localhost:")[1].split()[0]
        self.assertIn('"BTC-USD"', request(f"http://127.0.0.1:{port}/products")[2])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 0)

    def test_the_simulator_speaks_for_every_source(self):
        _, line = self._started("simulator", "--port=0", "--seed=7", "--limit=finnhub.minute=1", "--bad-key=stale")
        base = "http://127.0.0.1:" + line.split("ws://localhost:")[1].split()[0]
        for path, shown in (("/openweather/data/2.5/weather?q=Pune,IN&appid=k", '"name":"Pune"'),
                            ("/coingecko/api/v3/coins/markets?vs_currency=usd&per_page=1", '"id":"bitcoin"'),
                            ("/frankfurter/v1/latest?base=USD&symbols=INR", '"INR":'),
                            ("/finnhub/api/v1/quote?symbol=AAPL&token=k", '"pc":'),
                            ("/newsdata/api/1/latest?apikey=k", '"status":"success"')):
            status, _, body = request(base + path)[:3]
            self.assertEqual(status, 200, path)
            self.assertIn(shown, body)
        self.assertEqual(request(base + "/finnhub/api/v1/quote?symbol=AAPL&token=k")[0], 429)
        self.assertEqual(request(base + "/newsdata/api/1/latest?apikey=stale")[0], 401)

    def test_the_simulator_says_what_can_go_wrong_and_what_it_does_not_take(self):
        listed = subprocess.run([FLUX, "simulator", "--faults"], capture_output=True, text=True, env=environment(), timeout=30)
        self.assertEqual(listed.returncode, 0)
        self.assertIn("| `http_429` | any |", listed.stdout)
        for arguments, words in ((["--limit=finnhub"], "SOURCE.RULE=CALLS"), (["--limit=finnhub.hour=1"], "minute, second"),
                                 (["--bodies=/nowhere"], "/nowhere"), (["--tls-key=x"], "--tls-cert")):
            run = subprocess.run([FLUX, "simulator", "--port=0", *arguments], capture_output=True, text=True, env=environment(),
                                 timeout=30)
            self.assertNotEqual(run.returncode, 0, arguments)
            self.assertIn(words, run.stderr)

    def test_the_echo_server_answers_on_both_addresses_and_stops(self):
        """ECH-06"""
        process, line = self._started("socketio-echo", "--port=0", "--ping-interval=400", "--ping-timeout=300", "--shards=2")
        port = line.split("http://localhost:")[1].split()[0]
        opened = request(f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling")[2]
        self.assertIn('"pingInterval":400,"pingTimeout":300', opened)
        self.assertEqual(request(f"http://[::1]:{port}/engine.io/?EIO=4&transport=polling")[0], 200)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 0)

    def test_the_echo_server_has_the_timing_of_the_public_suites(self):
        """ECH-06"""
        _, line = self._started("socketio-echo", "--port=0")
        port = line.split("http://localhost:")[1].split()[0]
        opened = request(f"http://127.0.0.1:{port}/engine.io/?EIO=4&transport=polling")[2]
        self.assertIn('"pingInterval":300,"pingTimeout":200', opened)


if __name__ == "__main__":
    unittest.main()
