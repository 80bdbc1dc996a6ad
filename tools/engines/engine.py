"""Starts and stops the servers Flux works with, in a folder that remembers them.

    engine.py kafka FOLDER up [--nodes 3]      starts what does not run; prints the brokers
    engine.py kafka FOLDER kill|start|stop|pause|resume NODE
    engine.py kafka FOLDER wipe                another, empty cluster at the same address
    engine.py kafka FOLDER down                ends every node
"""

import argparse
import sys

import kafka_jars
from kafka import Kafka


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["kafka"])
    parser.add_argument("folder")
    parser.add_argument("what", choices=["up", "down", "wipe", "start", "stop", "kill", "pause", "resume"])
    parser.add_argument("node", nargs="?", type=int, default=1)
    parser.add_argument("--nodes", type=int, choices=[1, 3], default=1)
    arguments = parser.parse_args()
    kafka = Kafka(arguments.folder, arguments.nodes)
    try:
        _do(kafka, arguments)
    except (RuntimeError, kafka_jars.JarsMissing) as error:
        sys.exit(f"engine.py: {error}")


def _do(kafka, arguments):
    if arguments.what == "up":
        kafka.up()
        print(kafka.brokers)
    elif arguments.what in ("down", "wipe"):
        getattr(kafka, arguments.what)()
    else:
        getattr(kafka, arguments.what)(arguments.node)
        if arguments.what == "start":
            kafka.wait([arguments.node])


if __name__ == "__main__":
    main()
