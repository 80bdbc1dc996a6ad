#!/usr/bin/env python3
"""./dev bench kafka: the gateway on a real Kafka.

1. Skipping: records that no route wants by their key, and records whose room is empty. The gateway is stopped while its topic
   fills, then reads everything: how many a second, and CPU seconds per million, of gateway and broker.
2. Produce to browser: records at a fixed rate, each to one room; from the moment a record was due to the moment a client has it.

A run during which other processes took more than a sixth of a core says so; it is repeated, and counts when it was the last try.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "engines"))

from kafka import Kafka  # noqa: E402
from kafka_jars import JarsMissing  # noqa: E402
from run_fanout import FOREIGN_CPU_MAX, TRIES_PER_RUN, busy_seconds  # noqa: E402

_START_SECONDS = 60
_KEYS = 10_000
_CONFIG = """
[[topic]]
name = "bench.skip"
partitions = 4
retention_bytes = "1GiB"

[[route]]
name = "skip"
topic = "bench.skip"
key = "nobody"
room = "nobody"
event = "bench"

[[topic]]
name = "bench.empty"
partitions = 4
retention_bytes = "1GiB"

[[route]]
name = "empty"
topic = "bench.empty"
room = "empty.{key}"
event = "bench"

[[topic]]
name = "bench.rooms"
partitions = 4

[[route]]
name = "rooms"
topic = "bench.rooms"
room = "bench.{key}"
event = "bench"

[[intent]]
event = "watch"
rooms = ["bench.{}"]
"""


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Gateway:
    """`flux gateway` of the bench build, ended by its process."""

    def __init__(self, program, brokers, folder, shards):
        config = folder / "flux.toml"
        config.write_text(_CONFIG)
        self._log = (folder / "gateway.log").open("w+")
        env = {name: value for name, value in os.environ.items() if not name.startswith("FLUX_")}
        self.process = subprocess.Popen(
            [program, "gateway", f"--kafka={brokers}", f"--config={config}", "--http.port=0", "--admin.port=0",
             f"--data_dir={folder / 'data'}", f"--shards={shards}", "--log.format=json"],
            stdout=self._log, stderr=self._log, env=env)
        deadline = time.monotonic() + _START_SECONDS
        while not re.search(r"^Flux is running: ", self.said(), re.MULTILINE):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise RuntimeError(f"the gateway did not start:\n{self.said()[-2000:]}")
            time.sleep(0.05)  # between two looks
        self.port = re.search(r"^Flux is running: http://[^:]+:(\d+)", self.said(), re.MULTILINE).group(1)
        self._admin = re.search(r'"event":"listener.ready".*?"listener":"admin".*?"port":(\d+)', self.said()).group(1)

    def said(self):
        self._log.flush()
        return pathlib.Path(self._log.name).read_text()

    def metric(self, name, topic):
        with urllib.request.urlopen(f"http://127.0.0.1:{self._admin}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(f"{name}{{") and f'topic="{topic}"' in line)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def broker_pid(kafka):
    return int((kafka.folder / "node1.pid").read_text().split()[0])


def fill(kafka, topic, records, bytes_each):
    """Puts `records` of many keys into `topic`."""
    producer = subprocess.Popen(["kcat", "-P", "-b", kafka.brokers, "-t", topic, "-K", "|", "-X", "linger.ms=20"],
                                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    payload = json.dumps({"pad": "x" * (bytes_each - 11)}).encode()
    with producer.stdin as sink:
        for first in range(0, records, 1000):
            sink.write(b"".join(b"k%d|%s\n" % (number % _KEYS, payload)
                                for number in range(first, min(first + 1000, records))))
    errors = producer.stderr.read().decode()
    producer.stderr.close()
    if producer.wait() != 0:
        raise RuntimeError(f"kcat could not fill {topic}: {errors}")


def skip_once(gateway, kafka, topic, counter, options):
    """Stops the gateway while the topic fills, and measures how it reads that."""
    before = gateway.metric(counter, topic)
    gateway.process.send_signal(signal.SIGSTOP)
    try:
        fill(kafka, topic, options.records, options.bytes)
    finally:
        cpu, broker = cpu_seconds(gateway.process.pid), cpu_seconds(broker_pid(kafka))
        busy, began, own = busy_seconds(), time.monotonic(), sum(os.times()[:2])
        gateway.process.send_signal(signal.SIGCONT)
    while gateway.metric(counter, topic) < before + options.records:
        if time.monotonic() - began > 300:
            raise RuntimeError(f"{topic}: not all records were read within 300 s")
        time.sleep(0.02)  # between two looks
    seconds = time.monotonic() - began
    cpu, broker = cpu_seconds(gateway.process.pid) - cpu, cpu_seconds(broker_pid(kafka)) - broker
    own = sum(os.times()[:2]) - own
    return {"per_second": options.records / seconds, "gateway_cpu": cpu / options.records * 1e6,
            "broker_cpu": broker / options.records * 1e6,
            "foreign": max(0.0, busy_seconds() - busy - cpu - broker - own) / seconds}


def browser_once(gateway, kafka, load, options):
    busy, began = busy_seconds(), time.monotonic()
    before = cpu_seconds(gateway.process.pid) + cpu_seconds(broker_pid(kafka)) + sum(os.times()[2:4])
    output = subprocess.run(
        [load, "--port", gateway.port, "--gateway-pid", str(gateway.process.pid), "--broker-pid", str(broker_pid(kafka)),
         "--brokers", kafka.brokers, "--topic", "bench.rooms", "--clients", str(options.clients), "--rooms",
         str(options.rooms), "--rate", str(options.rate), "--bytes", str(options.bytes), "--seconds", str(options.seconds)],
        stdout=subprocess.PIPE, text=True, timeout=300)
    if output.returncode not in (0, 3):
        raise RuntimeError("the load generator failed")
    report = json.loads(output.stdout)
    if report["lost"]:
        raise RuntimeError(f"{report['lost']} deliveries were lost or doubled")
    own = cpu_seconds(gateway.process.pid) + cpu_seconds(broker_pid(kafka)) + sum(os.times()[2:4]) - before
    report["foreign"] = max(0.0, busy_seconds() - busy - own) / (time.monotonic() - began)
    return report


def quiet(what, once):
    """A run on a quiet machine, or the last try, which says that it was not."""
    for number in range(1, TRIES_PER_RUN + 1):
        report = once()
        if report["foreign"] <= FOREIGN_CPU_MAX:
            return report
        last = "it counts all the same" if number == TRIES_PER_RUN else "once more"
        print(f"  {what}: other processes took {report['foreign']:.2f} cores; {last}", flush=True)
    report["disturbed"] = True
    return report


def measure(options, folder):
    programs = pathlib.Path(options.build)
    kafka = Kafka(folder / "kafka")
    results = {}
    try:
        kafka.up()
        gateway = Gateway(str(programs / "src" / "app" / "flux"), kafka.brokers, folder, options.shards)
        try:
            for number in range(1, options.rounds + 1):
                cases = {
                    "key unwanted": lambda: skip_once(gateway, kafka, "bench.skip", "flux_kafka_records_skipped_total", options),
                    "room empty": lambda: skip_once(gateway, kafka, "bench.empty", "flux_gateway_records_total", options),
                    "to browsers": lambda: browser_once(gateway, kafka, str(programs / "bench" / "kafka_load"), options),
                }
                for name, once in cases.items():
                    report = quiet(f"round {number}, {name}", once)
                    results.setdefault(name, []).append(report)
                    print(f"  round {number}, {name}: " + ", ".join(
                        f"{field} {value:.2f}" for field, value in report.items() if isinstance(value, float)), flush=True)
        finally:
            gateway.end()
    finally:
        kafka.down()
    return results


def median(reports, field):
    return statistics.median(report[field] for report in reports)


def show(results, options):
    print(f"\n{'skipping':16} {'thousand/s':>10} {'CPU s per million: gateway':>27} {'broker':>8}")
    for name in ("key unwanted", "room empty"):
        reports = results[name]
        print(f"{name:16} {median(reports, 'per_second') / 1000:10.0f} {median(reports, 'gateway_cpu'):27.2f} "
              f"{median(reports, 'broker_cpu'):8.2f}")
    reports = results["to browsers"]
    seconds = median(reports, "seconds")
    print(f"\n{options.rate} records/s of {options.bytes} B to {options.rooms} rooms of {options.clients // options.rooms} clients: "
          f"p50 {median(reports, 'p50_ms'):.2f} ms, p99 {median(reports, 'p99_ms'):.2f} ms, longest {median(reports, 'max_ms'):.1f} ms; "
          f"cores: gateway {median(reports, 'gateway_cpu') / seconds:.2f}, broker {median(reports, 'broker_cpu') / seconds:.2f}, "
          f"load generator {median(reports, 'load_cpu') / seconds:.2f}")
    if any(report.get("disturbed") for by_case in results.values() for report in by_case):
        print("the machine was not quiet: compare within this run only")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench kafka", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build" / "bench"), help="folder of the bench preset")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20, help="length of one run to browsers")
    parser.add_argument("--records", type=int, default=1_000_000, help="records of one run of skipping")
    parser.add_argument("--bytes", type=int, default=200)
    parser.add_argument("--rate", type=int, default=1000, help="records per second to browsers")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rooms", type=int, default=10)
    parser.add_argument("--shards", type=int, default=os.cpu_count(), help="shards of the gateway (default: the cores)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flux-bench-kafka-") as folder:
        try:
            results = measure(options, pathlib.Path(folder))
        except (RuntimeError, JarsMissing) as error:
            print(f"bench kafka: {error}", file=sys.stderr)
            return 1
    show(results, options)
    print("bench kafka: done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
