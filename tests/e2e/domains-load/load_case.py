"""A Flux with its simulator, thousands of visitors of it (bench/visitor_load), and what the simulator, the topics and the machine say."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tests" / "e2e" / "app"))

from flux_process import Flux, Folder, request, run  # noqa: E402

_LOAD = Path(os.environ["BUILD_DIR"]) / "bench" / "visitor_load"
_CITY_TABLE = _ROOT / "src" / "simulator" / "openweather" / "city_table.cc"
PRODUCTS = [f"{coin}-USD" for coin in "BTC ETH SOL XRP DOGE ADA AVAX LINK LTC DOT BCH UNI".split()]  # of the default settings
WEATHER, AIR, PLACE = "/data/2.5/weather", "/data/2.5/air_pollution", "/geo/1.0/direct"
COMMANDS, UPDATES = "weather.service.command.fetch", "weather.service.event.updated"


def known_cities(count):
    """`city,ISO` of so many cities that the simulated weather knows, each name once, in letters that every language folds alike."""
    by_name = {}
    for name, country in re.findall(r'^ {4}\{"([^"]+)", "([A-Z]{2})"', _CITY_TABLE.read_text(), re.MULTILINE):
        if name.isascii():
            by_name.setdefault(name.lower(), f"{name},{country}")
    if len(by_name) < count:
        raise AssertionError(f"the simulator knows {len(by_name)} cities that will do, and {count} are needed")
    return list(by_name.values())[:count]


class Platform(Flux):
    """`flux up` behind a proxy of this machine, so that each visitor has its own address."""

    def __init__(self, test, *flags):
        folder = Folder(test)
        super().__init__(test, "--simulator.port=0", "--http.trusted_proxies=127.0.0.0/8", *flags, folder=folder)
        self._simulator = next(line["port"] for line in self.log() if line["event"] == "simulator.ready")

    def allow(self, source, rule, most):
        body = json.dumps({"source": source, "rule": rule, "most": most}).encode()
        status, _, text = request(f"http://127.0.0.1:{self._simulator}/_simulator/limits", "POST", body)
        if status != 200:
            raise AssertionError(text)

    def sources(self):
        """What the simulator counts of each source."""
        return json.loads(request(f"http://127.0.0.1:{self._simulator}/_simulator/state")[2])["sources"]

    def calls(self):
        """{(source, endpoint): calls} of all sources."""
        return {(name, endpoint["path"]): endpoint["calls"]
                for name, source in self.sources().items() for endpoint in source["endpoints"]}

    def records(self, topic):
        """All records of a topic."""
        ended = run("tail", topic, f"--data_dir={self.data}", "--from=beginning", "--no-follow", "--json")
        if ended.returncode != 0:
            raise AssertionError(ended.stderr.decode())
        return [json.loads(line) for line in ended.stdout.decode().splitlines()]

    def commands(self):
        """When each city was asked for, in seconds, oldest first."""
        by_city = defaultdict(list)
        for record in self.records(COMMANDS):
            command = record["payload"]
            by_city[command["data"]["city"].lower()].append(datetime.fromisoformat(command["timestamp"].replace("Z", "+00:00")).timestamp())
        return {city: sorted(times) for city, times in by_city.items()}

    def updates(self):
        """How many events had weather, by city."""
        return Counter(record["payload"]["data"]["city"].lower() for record in self.records(UPDATES)
                       if record["payload"]["status"] == "success")


class Memory:
    """What a process holds, looked at each second until it is left; and of that what the topics of its bus hold."""

    def __init__(self, flux):
        self._flux, self._over = flux, threading.Event()
        self.looks = []  # (seconds, resident bytes, bytes of topics)
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        began = time.monotonic()
        while not self._over.wait(1):
            self.looks.append((time.monotonic() - began, self._flux.resident(), self._flux.metric("flux_bus_memory_bytes")))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def around(self, second, width=5):
        """(resident, topics): the mean of the looks near that second."""
        near = [look for look in self.looks if abs(look[0] - second) <= width]
        if not near:
            raise AssertionError(f"nobody looked near second {second}: {self.looks}")
        return tuple(sum(look[i] for look in near) / len(near) for i in (1, 2))


class Visitors:
    """visitor_load, ended with its test. Thread: the test's."""

    def __init__(self, test, flux, cities, **options):
        self._file = flux.folder.write("cities.txt", "\n".join(cities) + "\n")
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        port = flux.url.rstrip("/").rsplit(":", 1)[1]
        self._process = subprocess.Popen(
            [_LOAD, f"--port={port}", f"--pid={flux.process.pid}", f"--cities={self._file}", f"--products={','.join(PRODUCTS)}", *flags],
            stdout=subprocess.PIPE, text=True)
        test.addCleanup(self._end)

    def live(self):
        """The figures once everybody is live, or cannot be."""
        return json.loads(self._process.stdout.readline())

    def report(self):
        """The figures at the end."""
        output = self._process.stdout.readline()
        if self._process.wait(timeout=60) != 0:
            raise AssertionError("visitor_load failed")
        return json.loads(output)

    def _end(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class Witnesses:
    """witness.mjs: unmodified official clients. Ended with its test. Thread: the test's."""

    def __init__(self, test, flux, cities, count=5, stay_seconds=2):
        file = flux.folder.write("cities-of-witnesses.txt", "\n".join(cities) + "\n")
        self._process = subprocess.Popen(
            [os.environ.get("NODE", "node"), Path(__file__).with_name("witness.mjs"), flux.url, str(count), file, str(stay_seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        test.addCleanup(self._end)

    def report(self):
        """What each has heard; they go."""
        output, _ = self._process.communicate(timeout=60)
        return json.loads(output)

    def _end(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            stream.close()


