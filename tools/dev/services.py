"""./dev services: starts and stops the servers that Flux meets in production, for developers."""

import sys
from pathlib import Path

from console import BUILD, ROOT, Failed, Steps, say
import bootstrap
import debian

sys.path.insert(0, str(ROOT / "tools" / "engines"))
from kafka import Kafka  # noqa: E402
from kafka_jars import JarsMissing, ensure  # noqa: E402
from valkey import Valkey  # noqa: E402

_FOLDER = BUILD / "services"
_KAFKA_PORT = 9092
_VALKEY_PORT = 6379


def add_arguments(parser):
    parser.add_argument("what", choices=["up", "down"],
                        help="up: start what does not run, and say where it is; down: end it and throw its data away")


def main(arguments):
    if arguments.what == "down":
        down()
        say("services: stopped, their data is gone")
        return 0
    steps = Steps(5)
    brokers, address = kafka_up(steps), valkey_up(steps)
    say(f"Kafka is running: {brokers}\nValkey is running: {address}\n"
        "(./dev up --kafka --valkey uses them; ./dev services down ends them)")
    return 0


def kafka_up(steps):
    """Starts Kafka unless it runs; returns its brokers."""
    bootstrap.install_packages(steps, debian.KAFKA)
    try:
        with steps.step("Kafka's jars (Maven)"):
            ensure()
        with steps.step("starting Kafka") as step:
            # As Kafka itself is unless told otherwise: a first record makes its topic.
            kafka = Kafka(_FOLDER / "kafka", port=_KAFKA_PORT, extra=["auto.create.topics.enable=true"])
            kafka.up()
            step.done(_place(int(kafka.brokers.rsplit(":", 1)[1]), _KAFKA_PORT))
    except (RuntimeError, JarsMissing) as error:
        raise Failed(str(error)) from error
    return kafka.brokers


def valkey_up(steps):
    """Starts Valkey unless it runs; returns its address."""
    bootstrap.install_packages(steps, debian.VALKEY)
    try:
        with steps.step("starting Valkey") as step:
            valkey = Valkey(_FOLDER / "valkey", port=_VALKEY_PORT)
            valkey.up()
            step.done(_place(valkey.port, _VALKEY_PORT))
    except RuntimeError as error:
        raise Failed(str(error)) from error
    return valkey.address


def _place(port, usual):
    """Which port it has, and why not the usual one."""
    return f"port {port}" if port == usual else f"port {port}, because {usual} is taken"


def down():
    for name, engine in (("kafka", Kafka), ("valkey", Valkey)):
        folder = Path(_FOLDER) / name
        if folder.is_dir():
            engine(folder).remove()
