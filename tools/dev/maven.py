"""Maven for the suites with a pom.xml: a repository below build/, offline once it holds what the pom names."""

import shutil
from pathlib import Path

from console import BUILD, ROOT, Failed
import stamp

_REPOSITORY = BUILD / "tools" / "maven"
_JDKS = Path("/usr/lib/jvm")


def java_home():
    """Debian's OpenJDK 17, whichever JDK this machine prefers otherwise."""
    for compiler in sorted(_JDKS.glob("java-17-openjdk-*/bin/javac")):
        return compiler.parents[1]
    raise Failed(f"there is no OpenJDK 17 below {_JDKS}; `./dev bootstrap` installs it")


def command(folder, results):
    """Compiles and runs the tests of `folder`; the pom takes flux.output and flux.results as its places."""
    output = BUILD / "maven" / folder.name
    # A class whose source is gone would still be run.
    shutil.rmtree(output, ignore_errors=True)
    # Online it must ask again for what an earlier run could not get: Maven remembers failures for a day.
    network = "--offline" if _fetched(folder) else "--update-snapshots"
    return ["mvn", "--batch-mode", "--strict-checksums", "--no-transfer-progress", network,
            "-Dstyle.color=never", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", f"-Dmaven.repo.local={_REPOSITORY}",
            f"-Dflux.output={output}", f"-Dflux.results={results}", "test"]


def conclude(folder, outcome):
    """Remembers that all was there, once tests have run; says so when none has."""
    ran = outcome.passed or outcome.failures or outcome.skipped
    # Without a test something may have been missing: the next run looks for it.
    stamp.write(_stamp_name(folder), _inputs(folder) if ran else "")
    if not ran:
        outcome.broken = "Maven ran no test: a download or the compiler failed"


def _fetched(folder):
    return _REPOSITORY.is_dir() and stamp.fresh(_stamp_name(folder), _inputs(folder))


def _inputs(folder):
    return stamp.hash_of(folder / "pom.xml")


def _stamp_name(folder):
    return "maven-" + str(folder.relative_to(ROOT)).replace("/", "-")
