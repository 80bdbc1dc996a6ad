"""Each case of valkey_cache_test as a test, on each server, in the clear and over TLS with a login."""

import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

_ROOT = Path(os.environ["FLUX_ROOT"])
sys.path.insert(0, str(_ROOT / "tools" / "engines"))

import valkey  # noqa: E402

_PROGRAM = Path(os.environ["BUILD_DIR"]) / "src" / "cache" / "valkey_cache_test"
_LEAST = 13  # cases; fewer means that the contract was not linked


def _cases():
    """Suite.Name of every case."""
    listed = subprocess.run([_PROGRAM, "--gtest_list_tests"], stdout=subprocess.PIPE, text=True, check=True).stdout
    found, suite = [], ""
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if line.startswith("  "):
            found.append(suite + name.strip())
        elif name.endswith("."):
            suite = name
    return found


class _OnAServer:
    """Runs the program once against a server; the tests look at what it reported."""

    program = "valkey"
    secure = False

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="flux-valkey-")
        cls.addClassCleanup(folder.cleanup)
        server = valkey.Valkey(Path(folder.name) / "server", cls.program, secure=cls.secure)
        cls.addClassCleanup(server.down)
        server.up()
        environment = {**os.environ, "TEST_VALKEY_ADDRESS": server.address}
        if cls.secure:
            environment.update({"TEST_VALKEY_ADDRESS": server.tls_address, "TEST_VALKEY_CA": str(server.ca),
                                "TEST_VALKEY_USER": valkey.USER, "TEST_VALKEY_PASSWORD": valkey.PASSWORD})
        report = Path(folder.name) / "report.xml"
        cls.run_ = subprocess.run([_PROGRAM, f"--gtest_output=xml:{report}"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", env=environment, check=False)
        cls.outcomes = {}
        if report.is_file():
            for case in xml.parse(report).iter("testcase"):
                cls.outcomes[f"{case.get('classname')}.{case.get('name')}"] = case

    def test_every_case_was_run(self):
        self.assertGreaterEqual(len(self.outcomes), _LEAST)
        self.assertEqual(sorted(self.outcomes), sorted(_cases()))
        self.assertEqual(self.run_.returncode, 0, self.run_.stdout[-6000:])


class OnValkey(_OnAServer, unittest.TestCase):
    pass


class OnRedis(_OnAServer, unittest.TestCase):
    program = "redis"


class OnValkeyOverTls(_OnAServer, unittest.TestCase):
    secure = True


class OnRedisOverTls(_OnAServer, unittest.TestCase):
    program = "redis"
    secure = True


def _test_of(case):
    def test(self):
        outcome = self.outcomes.get(case)
        self.assertIsNotNone(outcome, f"it was not run; the program ended with\n{self.run_.stdout[-6000:]}")
        failures = [failure.get("message") for failure in outcome.findall("failure")]
        self.assertEqual(failures, [])
        self.assertEqual(outcome.get("status"), "run", "skipped")
    return test


for _case in _cases():
    for _class in (OnValkey, OnRedis, OnValkeyOverTls, OnRedisOverTls):
        setattr(_class, "test_" + _case.replace("/", "_").replace(".", "_"), _test_of(_case))


if __name__ == "__main__":
    unittest.main()
