"""Starts and stops the servers Flux works with, in a folder that remembers them.

    engine.py kafka FOLDER up [--nodes 3]      starts what does not run; prints the brokers
    engine.py kafka FOLDER kill|start|stop|pause|resume NODE
    engine.py kafka FOLDER wipe                another, empty cluster at the same address
    engine.py kafka FOLDER down                ends every node

    engine.py valkey|redis FOLDER up [--secure]    starts it; prints its address
    engine.py valkey|redis FOLDER kill|start|stop|pause|resume|wipe|down
"""

import argparse
import sys

import kafka_jars
from kafka import Kafka
from valkey import Valkey


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["kafka", "valkey", "redis"])
    parser.add_argument("folder")
    parser.add_argument("what", choices=["up", "down", "wipe", "start", "stop", "kill", "pause", "resume"])
    parser.add_argument("node", nargs="?", type=int, default=1)
    parser.add_argument("--nodes", type=int, choices=[1, 3], default=1)
    parser.add_argument("--secure", action="store_true", help="TLS and logins (Valkey and Redis)")
    arguments = parser.parse_args()
    try:
        if arguments.engine == "kafka":
            _do_kafka(Kafka(arguments.folder, arguments.nodes), arguments)
        else:
            _do_valkey(Valkey(arguments.folder, arguments.engine, secure=arguments.secure), arguments)
    except (RuntimeError, kafka_jars.JarsMissing) as error:
        sys.exit(f"engine.py: {error}")


def _do_kafka(kafka, arguments):
    if arguments.what == "up":
        kafka.up()
        print(kafka.brokers)
    elif arguments.what in ("down", "wipe"):
        getattr(kafka, arguments.what)()
    else:
        getattr(kafka, arguments.what)(arguments.node)
        if arguments.what == "start":
            kafka.wait([arguments.node])


def _do_valkey(valkey, arguments):
    getattr(valkey, arguments.what)()
    if arguments.what == "up":
        print(valkey.address)
    if arguments.what == "start":
        valkey.wait()


if __name__ == "__main__":
    main()
