#!/usr/bin/env python3
"""./dev bench compression: what permessage-deflate costs and saves, on and off, beside the reference server.

All clients offer it; the servers take it or not. A busy run is thrown away and repeated, as in ./dev bench fanout.
"""
import pathlib
import sys

from run_fanout import arguments_of, measure, summarise

CASES = {
    "500 B to 1000": ["--mode", "rate", "--rate", "10", "--clients", "1000", "--bytes", "500", "--deflate"],
    "2 KB to 1000": ["--mode", "rate", "--rate", "10", "--clients", "1000", "--bytes", "2000", "--deflate"],
    "10 KB to 1000": ["--mode", "rate", "--rate", "5", "--clients", "1000", "--bytes", "10000", "--deflate"],
    "2 KB to one": ["--mode", "saturated", "--clients", "1", "--bytes", "2000", "--deflate"],
    "10 KB to one": ["--mode", "saturated", "--clients", "1", "--bytes", "10000", "--deflate"],
    "idle memory": ["--mode", "idle", "--clients", "1000", "--deflate"],
}


def print_summary(summary):
    print(f"\n{'case':16} {'server':16} {'CPU s/million':>13} {'on/off':>7} {'bytes/delivery':>14} {'p50 ms':>8} {'p99 ms':>8}")
    for case, by_server in summary.items():
        for name, figures in by_server.items():
            if case == "idle memory":
                print(f"{case:16} {name:16} {figures['memory_per_client']:13.0f} B per connection")
                continue
            off = by_server[name.split(",")[0] + ", off"]["cpu_per_million"]
            print(f"{case:16} {name:16} {figures['cpu_per_million']:13.2f} {figures['cpu_per_million'] / off:7.2f} "
                  f"{figures['bytes_per_delivery']:14.0f} {figures['p50_ms']:8.2f} {figures['p99_ms']:8.2f}")


def main():
    options = arguments_of("compression", __doc__).parse_args()

    programs = pathlib.Path(options.build) / "bench"
    flux = [str(programs / "fanout_server"), str(options.shards)]
    peer = [options.node, "bench/peers/socketio_server.mjs"]
    servers = {"flux, off": [*flux, "off"], "flux, shared": [*flux, "shared"], "flux, all": [*flux, "all"],
               "socket.io, off": peer, "socket.io, on": [*peer, "compression"]}
    try:
        results = measure(str(programs / "fanout_load"), servers, CASES, options.rounds, options.seconds)
    except RuntimeError as error:
        print(f"bench compression: {error}", file=sys.stderr)
        return 1
    print_summary(summarise(results))
    print("bench compression: done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
