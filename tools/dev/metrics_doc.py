"""docs/metrics.md, written from the /metrics page of a running Flux: on the embedded bus, and on Kafka and Valkey."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from console import ROOT, Failed

sys.path.insert(0, str(ROOT / "tools" / "engines"))
from kafka import Kafka  # noqa: E402

PAGE = ROOT / "docs" / "metrics.md"

_START_SECONDS = 60
_STOP_SECONDS = 30

# Labels whose values come from the machine or the configuration. The others are written out.
OPEN_LABELS = {
    "shard": "the number of the event loop",
    "server": "what listens (as `listener` below)",
    "topic": "a topic of the bus",
    "group": "a shared group; empty for readers that see everything",
    "route": "a route of the gateway",
    "path": "where the Socket.IO server is mounted",
}
_AREAS = {
    "bus": "The embedded bus", "cache": "The cache", "kafka": "Kafka, where it is the bus", "crypto": "The crypto service",
    "gateway": "The gateway", "log": "Logging", "net": "Connections", "news": "The news service", "ready": "Readiness",
    "refresh": "Snapshot events that services keep fresh", "stock": "The stock service", "upstream": "Outside sources",
    "weather": "The weather service",
    "shard": "Event loops", "simulator": "The simulator", "socketio": "Socket.IO", "valkey": "Valkey, where it is the cache",
}
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass
class Family:
    name: str
    help: str = ""
    type: str = ""
    labels: dict = field(default_factory=dict)  # name -> values, in their order


def families(text):
    """The metric families of Prometheus text, by name."""
    found = {}
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            _, kind, name, rest = line.split(" ", 3)
            setattr(found.setdefault(name, Family(name)), kind.lower(), rest)
        elif line and not line.startswith("#"):
            name, _, labels = line.rsplit(" ", 1)[0].partition("{")
            family = found.setdefault(name, Family(name))
            for label, value in _LABEL.findall(labels):
                values = family.labels.setdefault(label, [])
                if value not in values:
                    values.append(value)
    return found


def _labels(family):
    parts = []
    for label in sorted(family.labels, key=lambda name: (name not in OPEN_LABELS, name)):
        parts.append(f"`{label}`" if label in OPEN_LABELS
                     else f"`{label}`: " + ", ".join(f"`{value}`" for value in sorted(family.labels[label])))
    return "; ".join(parts)


def page(*texts):
    """The text of docs/metrics.md for what /metrics says, on each bus."""
    out = ["# Metrics", "",
           "What `/metrics` of the admin listener says, in Prometheus text. Written by `./dev docs` from a running `flux up`;",
           "a test compares. A counter only grows while the process lives; a gauge is the value now.", "",
           "Labels whose values are not written out:", "",
           *(f"* `{label}`: {what}" for label, what in OPEN_LABELS.items()), ""]
    area = None
    for name, family in sorted(families("\n".join(texts)).items()):
        this = name.removeprefix("flux_").split("_", 1)[0]
        if this != area:
            area = this
            out += ["" if out[-1] else None, f"## {_AREAS.get(area, area)}", "", "| metric | type | labels | what it says |",
                    "|---|---|---|---|"]
        out.append(f"| `{name}` | {family.type} | {_labels(family)} | {family.help.rstrip('.')} |")
    return "\n".join(line for line in out if line is not None) + "\n"


def scrape_both(flux):
    """What /metrics says on the embedded bus, and on a Kafka that is started for it with a Valkey that need not be there."""
    with tempfile.TemporaryDirectory(prefix="flux-kafka-") as folder:
        kafka = Kafka(Path(folder) / "kafka")
        try:
            kafka.up()
            return scrape(flux), scrape(flux, f"--kafka={kafka.brokers}", "--valkey=127.0.0.1:1")
        finally:
            kafka.down()


def scrape(flux, *flags):
    """What /metrics of a `flux up` says that was started for it, once it is ready."""
    with tempfile.TemporaryDirectory(prefix="flux-metrics-") as folder:
        log = Path(folder) / "flux.log"
        env = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [str(flux), "up", "--http.port=0", "--admin.port=0", "--simulator.port=0", f"--data_dir={folder}/data",
                 "--log.format=json", "--shutdown.drain_window=0ms", *flags],
                cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            return _when_ready(process, log)
        finally:
            _stop(process)


def _when_ready(process, log):
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        port = _admin_port(log)
        if port and _get(port, "/readyz"):
            return _get(port, "/metrics")
        time.sleep(0.05)  # between two looks at a condition with a deadline
    raise Failed(f"{process.args[0]} up did not become ready:\n{log.read_text(errors='replace')[-2000:]}")


def _admin_port(log):
    for line in log.read_text(errors="replace").splitlines():
        if '"listener.ready"' in line and '"admin"' in line and line.endswith("}"):
            return json.loads(line)["port"]
    return None


def _get(port, path):
    """The body of an answer of 200, else None."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return None


def _stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
