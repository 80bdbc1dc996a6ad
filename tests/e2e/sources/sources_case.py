"""What every test here needs: a Flux whose sources are a stand-in, and how to ask it things."""

import json
import os
import sys
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("FLUX_ROOT", Path(__file__).resolve().parents[3]))
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT / "tests" / "e2e" / "app")]

from flux_process import Flux, Folder, request, run, wait_until  # noqa: E402: found through the line above

KEYS = {"weather": "weather-key-7f3a", "finnhub": "finnhub-key-91cd", "newsdata": "newsdata-key-55be",
        "coingecko": "coingecko-key-c02d"}
STATUS_TOPIC = "platform.service.event.updated"


class SourcesCase(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)

    def key_files(self, **keys):
        """Flags that name a file for each key."""
        return [f"--{name}.api_key_file={self.folder.write(name + '.key', text)}" for name, text in keys.items()]

    @staticmethod
    def sources(port, host="localhost"):
        base = f"https://{host}:{port}"
        return [f"--openweather.base_url={base}/ow", f"--coinbase.ws_url=wss://{host}:{port}/cb/feed",
                f"--coinbase.rest_base_url={base}/cb", f"--coingecko.base_url={base}/cg/api/v3",
                f"--frankfurter.base_url={base}/fx/v1", f"--finnhub.base_url={base}/fh/api/v1",
                f"--newsdata.base_url={base}/nd/api/1", "--crypto.products=BTC-USD,ETH-USD", "--stock.symbols=AAPL,BRK.B"]

    def start(self, *flags):
        return Flux(self, "--simulator.port=0", *flags, folder=self.folder)

    def records(self, flux, topic):
        """The payloads a topic holds."""
        shown = run("tail", topic, "--from", "beginning", "--no-follow", "--json", f"--data_dir={flux.data}")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        found = [json.loads(line) for line in shown.stdout.decode().splitlines()]
        return [one["payload"] if not isinstance(one["payload"], str) else json.loads(one["payload"]) for one in found]

    def state_of(self, flux, domain):
        """The newest status of a domain, or None."""
        return next((one for one in reversed(self.records(flux, STATUS_TOPIC)) if one["domain"] == domain), None)

    def wait_for_state(self, flux, domain, *states):
        def reached():
            status = self.state_of(flux, domain)
            return status if status and status["state"] in states else None
        return wait_until(f"{domain} is {' or '.join(states)}", reached, 60)

    @staticmethod
    def visit(flux, place):
        """A client that says where it is; returns its polling URL."""
        url = flux.open_socket()
        request(url, "POST", ("42" + json.dumps(["userLocationUpdate", place])).encode())
        return url
