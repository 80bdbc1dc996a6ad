"""Kafka's own jars, from Maven Central, once."""

import hashlib
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_POM = Path(__file__).with_name("kafka-pom.xml")
_SUMS = Path(__file__).with_name("kafka-jars.sha256")
_TOOLS = ROOT / "build" / "tools"
FOLDER = _TOOLS / "kafka"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


class JarsMissing(Exception):
    """What could not be had, in a sentence."""


def ensure():
    """The folder with the jars; fetched and compared with their checksums if that has not been done."""
    done = FOLDER / ".complete"
    wanted = _SUMS.read_text()
    if done.is_file() and done.read_text() == wanted:
        return FOLDER
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    _fetch()
    _compare(wanted)
    done.write_text(wanted)
    return FOLDER


def sums():
    """The lines of kafka-jars.sha256 for what is in the folder, as sha256sum writes them."""
    lines = [f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}" for jar in sorted(FOLDER.glob("*.jar"))]
    return "\n".join(lines) + "\n"


def _fetch():
    if shutil.which("mvn") is None:
        raise JarsMissing("Kafka comes by Maven, which is not installed; `./dev bootstrap` installs it")
    answer = subprocess.run(
        ["mvn", "--batch-mode", "--strict-checksums", "--no-transfer-progress", "--update-snapshots", "-q",
         f"-Dmaven.repo.local={_TOOLS / 'maven'}", "-f", _POM, _PLUGIN, "-DincludeScope=runtime",
         f"-DoutputDirectory={FOLDER}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if answer.returncode != 0:
        raise JarsMissing(f"Kafka's jars could not be fetched:\n{answer.stdout[-3000:]}")


def _compare(wanted):
    found = sums()
    if found == wanted:
        return
    different = sorted(set(found.splitlines()) ^ set(wanted.splitlines()))
    raise JarsMissing("Kafka's jars are not the ones that tools/engines/kafka-jars.sha256 names:\n" + "\n".join(different[:10]))
