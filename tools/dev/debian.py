"""The Debian 12 packages Flux needs, and installing the missing ones."""

import os
import shutil
import subprocess
from pathlib import Path

from console import Failed, run

# What `./dev up` needs: an optimised build with g++ and the page.
RUN = [
    "ca-certificates", "ccache", "cmake", "g++", "libboost1.81-dev", "libcli11-dev", "libfmt-dev", "librdkafka-dev", "libsimdjson-dev",
    "libspdlog-dev", "libsqlite3-dev", "libssl-dev", "libtomlplusplus-dev", "mold", "ninja-build", "nodejs", "npm",
    "pkg-config", "python3", "zlib1g-dev",
]

# What Kafka needs: it comes by Maven.
ENGINES = ["maven", "openjdk-17-jdk-headless"]

# What building and testing with every compiler and sanitizer needs on top; the JDK and maven are also the Java client's.
DEVELOP = ENGINES + [
    "chromium", "clang-16", "clang-format-16", "git", "libclang-rt-16-dev", "libgmock-dev",
    "libgtest-dev", "llvm-16", "openssl", "python3-venv",
]

# A machine may have these from somewhere else; then Debian's would only get in the way.
_ALSO_FINE = {"nodejs": "node", "npm": "npm"}


def missing(packages):
    """Those of `packages` that are not installed."""
    if shutil.which("dpkg-query") is None:
        raise Failed(
            "this machine has no dpkg: ./dev bootstrap knows the package names of Debian 12 only "
            "(docker run -it debian:12 is the quickest way to one)")
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [name for name in packages
            if name not in installed and not (name in _ALSO_FINE and shutil.which(_ALSO_FINE[name]))]


def _privilege(packages):
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is not None:
        return ["sudo"]
    raise Failed(
        "Debian packages are missing and installing them needs root. Run this as root, then ./dev again:\n"
        f"  apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}")


def install(packages, step):
    """Installs `packages` from Debian; returns when they are there."""
    privilege = _privilege(packages)
    if privilege:
        # Asks for the password here, where it can be seen, and not behind the log file.
        subprocess.run(["sudo", "-v"], check=True)
    apt = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600",
           "-o", "Acquire::Retries=3"]
    step.progress("reading package lists")
    run([*apt, "update"], "apt", step=step)
    step.progress(f"{len(packages)} packages")
    run([*apt, "-y", "--no-install-recommends", "install", *packages], "apt", step=step, append=True)
    still = missing(packages)
    if still:
        raise Failed(f"apt-get ended well but these packages are not installed: {' '.join(still)}",
                     Path("build/logs/apt.log"))
