"""./dev services: starts and stops the servers that Flux meets in production, for developers."""

import sys
from pathlib import Path

from console import BUILD, ROOT, Failed, Steps, say
import bootstrap
import debian

sys.path.insert(0, str(ROOT / "tools" / "engines"))
from kafka import Kafka  # noqa: E402
from kafka_jars import JarsMissing, ensure  # noqa: E402

_FOLDER = BUILD / "services"
_KAFKA_PORT = 9092


def add_arguments(parser):
    parser.add_argument("what", choices=["up", "down"],
                        help="up: start what does not run, and say where it is; down: end it and throw its data away")


def main(arguments):
    if arguments.what == "down":
        down()
        say("services: stopped, their data is gone")
        return 0
    say(f"Kafka is running: {up(Steps(3))}  (./dev up --kafka uses it; ./dev services down ends it)")
    return 0


def up(steps):
    """Starts Kafka unless it runs; returns its brokers."""
    bootstrap.install_packages(steps, debian.ENGINES)
    try:
        with steps.step("Kafka's jars (Maven)"):
            ensure()
        with steps.step("starting Kafka"):
            # As Kafka itself is unless told otherwise: a first record makes its topic.
            kafka = Kafka(_FOLDER / "kafka", port=_KAFKA_PORT, extra=["auto.create.topics.enable=true"])
            kafka.up()
    except (RuntimeError, JarsMissing) as error:
        raise Failed(str(error)) from error
    return kafka.brokers


def down():
    folder = Path(_FOLDER) / "kafka"
    if folder.is_dir():
        Kafka(folder).remove()
