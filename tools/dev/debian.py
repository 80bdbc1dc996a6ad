"""The Debian 12 packages Flux needs, and installing the missing ones."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from console import Failed, run

# What `./dev up` needs: an optimised build with g++ and the page.
RUN = [
    "ca-certificates", "ccache", "cmake", "g++", "libboost1.81-dev", "libcli11-dev", "libfmt-dev", "libhiredis-dev", "librdkafka-dev", "libsimdjson-dev",
    "libspdlog-dev", "libsqlite3-dev", "libssl-dev", "libtomlplusplus-dev", "libutf8proc-dev", "mold", "ninja-build",
    "nodejs", "npm", "pkg-config", "python3", "zlib1g-dev",
]

# What Kafka needs: it comes by Maven.
KAFKA = ["maven", "openjdk-17-jdk-headless"]

# In Debian 12 from bookworm-backports, and nothing else from there.
VALKEY = ["valkey-server"]

# Servers of theirs would start with the machine. Ours are started by tools/engines, on ports of their own.
_SERVICES = {"nginx-light": "nginx", "redis-server": "redis-server", "valkey-server": "valkey-server"}

# What building and testing with every compiler and sanitizer needs on top; the JDK and maven are also the Java client's.
DEVELOP = KAFKA + VALKEY + [
    "chromium", "clang-16", "clang-format-16", "git", "kcat", "libclang-rt-16-dev", "libgmock-dev",
    "libgtest-dev", "llvm-16", "nginx-light", "openssl", "python3-venv", "redis-server",
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
        f"  apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
        + ("\n(valkey-server is in bookworm-backports)" if "valkey-server" in packages else ""))


def install(packages, step):
    """Installs `packages` from Debian; returns when they are there. None of their servers is left running."""
    privilege = _privilege(packages)
    if privilege:
        # Asks for the password here, where it can be seen, and not behind the log file.
        subprocess.run(["sudo", "-v"], check=True)
    apt = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600",
           "-o", "Acquire::Retries=3"]
    step.progress("reading package lists")
    run([*apt, "update"], "apt", step=step)
    if set(VALKEY) & set(packages) and not _candidate(VALKEY[0]):
        add_backports(privilege)
        run([*apt, "update"], "apt", step=step, append=True)
    step.progress(f"{len(packages)} packages")
    with no_services(privilege):
        run([*apt, "-y", "--no-install-recommends", "install", *packages], "apt", step=step, append=True)
    _disable(privilege, packages)
    still = missing(packages)
    if still:
        raise Failed(f"apt-get ended well but these packages are not installed: {' '.join(still)}",
                     Path("build/logs/apt.log"))


def _candidate(package):
    """Whether apt knows where to take the package from."""
    said = subprocess.run(["apt-cache", "policy", package], stdout=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"}).stdout
    return any(line.strip().startswith("Candidate:") and "(none)" not in line for line in said.splitlines())


_APT = Path("/etc/apt")
_SOURCE = "sources.list.d/flux-backports.sources"
_PIN = "preferences.d/flux-backports"


def add_backports(privilege, etc=_APT, release=None, mirror=None):
    """Makes bookworm-backports a source of apt, from the mirror it uses already, for VALKEY alone."""
    release = release or _release()
    if release != "bookworm":
        raise Failed(f"apt has no package {VALKEY[0]}, and this is {release or 'no Debian'}, not Debian 12 (bookworm), whose "
                     "backports have it; install it yourself, or work in a debian:12 container")
    # The pin first: never a moment in which anything else could come from there.
    _write(privilege, etc / _PIN, "".join(
        f"Explanation: ./dev takes {' '.join(VALKEY)} from there and nothing else\nPackage: {packages}\n"
        f"Pin: release n=bookworm-backports\nPin-Priority: {priority}\n\n"
        for packages, priority in (("*", -1), (" ".join(VALKEY) + " valkey-tools", 500))))
    _write(privilege, etc / _SOURCE,
           f"# For {' '.join(VALKEY)}; {etc / _PIN} keeps everything else out.\nTypes: deb\nURIs: {mirror or _mirror()}\n"
           "Suites: bookworm-backports\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n")


def _release():
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return ""
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return values.get("VERSION_CODENAME", "").strip('"') if values.get("ID", "").strip('"') == "debian" else ""


def _mirror():
    """Where apt takes bookworm itself from."""
    said = subprocess.run(["apt-get", "indextargets", "--format", "$(RELEASE) $(SITE)"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout
    found = [line.split(" ", 1)[1] for line in said.splitlines() if line.startswith("bookworm ")]
    if not found:
        raise Failed(f"apt does not say where it takes bookworm from, and {VALKEY[0]} comes from the same place; run "
                     "`apt-get update` (its sources are in /etc/apt), then try again")
    return found[0]


_POLICY = Path("/usr/sbin/policy-rc.d")
_DENIAL = "#!/bin/sh\n# Written by ./dev while it installs packages: no server of theirs starts.\nexit 101\n"


@contextlib.contextmanager
def no_services(privilege, policy=_POLICY):
    """While it lasts, packages that are installed start no server. What was there is put back."""
    kept = policy.with_name(policy.name + ".flux-kept")
    if _text(policy) == _DENIAL:
        pass  # left by a run that was killed; what was there before it may be in `kept`
    elif policy.exists():
        subprocess.run([*privilege, "mv", policy, kept], check=True)
    _write(privilege, policy, _DENIAL, "755")
    try:
        yield
    finally:
        if kept.exists():
            subprocess.run([*privilege, "mv", kept, policy], check=True)
        else:
            subprocess.run([*privilege, "rm", "-f", policy], check=True)


def _disable(privilege, packages):
    """Servers that came with `packages` do not start with the machine either."""
    if not Path("/run/systemd/system").is_dir():
        return
    for package in packages:
        if package in _SERVICES:
            subprocess.run([*privilege, "systemctl", "disable", "--quiet", _SERVICES[package]],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _text(file):
    try:
        return file.read_text()
    except OSError:
        return ""


def _write(privilege, file, text, mode="644"):
    subprocess.run([*privilege, "tee", file], input=text, text=True, stdout=subprocess.DEVNULL, check=True)
    subprocess.run([*privilege, "chmod", mode, file], check=True)
