#!/usr/bin/env python3
"""./dev bench fanout: what a delivery costs Flux, beside its peers, in one run.

Every case is run for every server in turn, `--rounds` times over, and the median counts. A run during which other
processes took more than a sixth of a core is thrown away and repeated; a machine that is never quiet gives no result.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "bench" / "baselines" / "fanout.json"
FOREIGN_CPU_MAX = 0.17  # cores taken by others while a run lasts
TRIES_PER_RUN = 4

CASES = {
    "isolated": ["--mode", "rate", "--rate", "20", "--clients", "1000", "--bytes", "200"],
    "saturated": ["--mode", "saturated", "--clients", "1000", "--bytes", "200"],
    "bursts of 8": ["--mode", "burst", "--clients", "1000", "--bytes", "200"],
    "idle memory": ["--mode", "idle", "--clients", "2000"],
}
MORE_CASES = {
    "isolated, 5000 clients": ["--mode", "rate", "--rate", "4", "--clients", "5000", "--bytes", "200"],
    "saturated, 5000 clients": ["--mode", "saturated", "--clients", "5000", "--bytes", "200"],
    "saturated, 2 KB": ["--mode", "saturated", "--clients", "1000", "--bytes", "2000"],
    "bursts of 8, 5000 clients": ["--mode", "burst", "--clients", "5000", "--bytes", "200"],
}
# The ratio of Flux to socket.io that a case must not pass: (required, goal).
TARGETS = {"isolated": (0.75, 0.55), "saturated": (0.40, 0.25), "bursts of 8": (0.20, 0.07)}
IDLE_BYTES_MAX = 3 * 1024


def busy_seconds():
    """CPU seconds all cores have spent on work since the machine started."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Server:
    """One server under test: started for one run, ended by its process."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        line = self.process.stdout.readline()
        if not line.startswith("PORT "):
            raise RuntimeError(f"{command[0]} did not start: {line!r}")
        self.port = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run_once(load, command, arguments, seconds):
    """One run, or None when the machine was not quiet. The report carries `foreign`: cores taken by others."""
    with Server(command) as server:
        busy, began = busy_seconds(), time.monotonic()
        own_before = os.times()
        output = subprocess.run(
            [load, "--port", server.port, "--pid", str(server.process.pid), "--seconds", str(seconds), *arguments],
            stdout=subprocess.PIPE, text=True, timeout=180)
        if output.returncode not in (0, 3):
            raise RuntimeError(f"the load generator failed against {command}")
        elapsed = time.monotonic() - began
        busy = busy_seconds() - busy
        own_after = os.times()
        load_cpu = sum(own_after[2:4]) - sum(own_before[2:4])
        with open(f"/proc/{server.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        server_cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    report = json.loads(output.stdout)
    report["foreign"] = max(0.0, busy - load_cpu - server_cpu) / elapsed
    return report


def measure(load, servers, cases, rounds, seconds):
    """{case: {server: [report]}}; raises when the machine is never quiet."""
    results = {case: {name: [] for name in servers} for case in cases}
    for number in range(1, rounds + 1):
        for case, arguments in cases.items():
            for name, command in servers.items():
                if case == "idle memory" and name.startswith("raw"):
                    continue
                for _ in range(TRIES_PER_RUN):
                    report = run_once(load, command, arguments, seconds)
                    if report["foreign"] <= FOREIGN_CPU_MAX:
                        break
                    print(f"  round {number}, {case}, {name}: not valid, other processes took "
                          f"{report['foreign']:.2f} cores; once more", flush=True)
                else:
                    raise RuntimeError("the machine is busy: no run of this case was valid, so nothing is reported")
                if report["lost"] or report["reordered"]:
                    raise RuntimeError(f"{name} lost {report['lost']} and reordered {report['reordered']} deliveries")
                results[case][name].append(report)
                print(f"  round {number}, {case}, {name}: {report['cpu_per_million']:.2f} CPU s per million, "
                      f"{report['per_second'] / 1000:.0f} thousand/s", flush=True)
    return results


def median(reports, field):
    return statistics.median(report[field] for report in reports)


def summarise(results):
    summary = {}
    for case, by_server in results.items():
        for name, reports in by_server.items():
            if reports:
                summary.setdefault(case, {})[name] = {
                    field: round(median(reports, field), 3)
                    for field in ("cpu_per_million", "per_second", "p50_ms", "p99_ms", "memory_per_client", "bytes_per_delivery")}
    return summary


def print_summary(summary):
    print(f"\n{'case':26} {'server':14} {'CPU s/million':>13} {'ratio':>6} {'thousand/s':>10} {'p50 ms':>8} "
          f"{'p99 ms':>8}")
    for case, by_server in summary.items():
        if case == "idle memory":
            continue
        reference = by_server["socket.io"]["cpu_per_million"]
        for name, figures in by_server.items():
            print(f"{case:26} {name:14} {figures['cpu_per_million']:13.2f} {figures['cpu_per_million'] / reference:6.2f} "
                  f"{figures['per_second'] / 1000:10.0f} {figures['p50_ms']:8.2f} {figures['p99_ms']:8.2f}")
    for name, figures in summary.get("idle memory", {}).items():
        print(f"{'user memory per idle conn.':26} {name:14} {figures['memory_per_client']:10.0f} B")


def judge(summary):
    """Prints how Flux stands against its targets; True when every required one is met."""
    met = True
    for case, (required, goal) in TARGETS.items():
        ratio = summary[case]["flux"]["cpu_per_million"] / summary[case]["socket.io"]["cpu_per_million"]
        met &= ratio <= required
        print(f"{case}: {ratio:.2f} of socket.io; required {required:.2f} {'met' if ratio <= required else 'MISSED'}, "
              f"goal {goal:.2f} {'met' if ratio <= goal else 'not met'}")
    memory = summary["idle memory"]["flux"]["memory_per_client"]
    met &= memory <= IDLE_BYTES_MAX
    print(f"idle connection: {memory:.0f} B; required {IDLE_BYTES_MAX} {'met' if memory <= IDLE_BYTES_MAX else 'MISSED'}, "
          f"goal 1024 {'met' if memory <= 1024 else 'not met'}")
    return met


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


def arguments_of(name, description):
    """What every benchmark of this load generator can be told."""
    parser = argparse.ArgumentParser(prog=f"./dev bench {name}", description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build" / "bench"), help="folder of the bench preset")
    parser.add_argument("--node", default="node", help="the Node.js that runs socket.io")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="length of one run")
    parser.add_argument("--shards", type=int, default=os.cpu_count(), help="shards of Flux (default: the cores)")
    return parser


def main():
    parser = arguments_of("fanout", __doc__)
    parser.add_argument("--all", action="store_true", help="also 5,000 clients and 2 KB messages")
    parser.add_argument("--against", metavar="DIR", help="bench build of another commit, measured side by side")
    parser.add_argument("--write-baseline", action="store_true", help=f"write {BASELINE.relative_to(ROOT)}")
    options = parser.parse_args()

    programs = pathlib.Path(options.build) / "bench"
    servers = {
        "flux": [str(programs / "fanout_server"), str(options.shards)],
        "flux, 1 shard": [str(programs / "fanout_server"), "1"],
        "socket.io": [options.node, "bench/peers/socketio_server.mjs"],
        "raw": [str(programs / "raw_sender")],
        "raw, gathered": [str(programs / "raw_sender"), "--gather"],
    }
    if options.against:
        servers["flux, before"] = [str(pathlib.Path(options.against) / "bench" / "fanout_server"), str(options.shards)]
    cases = CASES | (MORE_CASES if options.all else {})
    try:
        results = measure(str(programs / "fanout_load"), servers, cases, options.rounds, options.seconds)
    except RuntimeError as error:
        print(f"bench fanout: {error}", file=sys.stderr)
        return 1
    summary = summarise(results)
    print_summary(summary)
    met = judge(summary)
    if options.write_baseline:
        BASELINE.parent.mkdir(exist_ok=True)
        BASELINE.write_text(json.dumps({"machine": machine(), "rounds": options.rounds, "seconds": options.seconds,
                                        "cases": summary}, indent=2) + "\n")
        print(f"written: {BASELINE.relative_to(ROOT)}")
    print("bench fanout: all required figures met" if met else "bench fanout: a required figure is MISSED")
    return 0 if met else 2


if __name__ == "__main__":
    sys.exit(main())
