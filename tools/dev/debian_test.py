"""What ./dev changes on the machine it installs packages on, in a folder that stands for it."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import debian
from console import Failed


class BackportsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.etc = Path(folder.name)
        for name in ("sources.list.d", "preferences.d"):
            (self.etc / name).mkdir()

    def test_only_valkey_comes_from_there(self):
        debian.add_backports([], self.etc, "bookworm", "http://mirror.example/debian")
        source = (self.etc / "sources.list.d/flux-backports.sources").read_text()
        self.assertIn("URIs: http://mirror.example/debian\nSuites: bookworm-backports\n", source)
        pins = (self.etc / "preferences.d/flux-backports").read_text()
        self.assertEqual(pins.count("Pin: release n=bookworm-backports\n"), 2)
        self.assertIn("Package: *\nPin: release n=bookworm-backports\nPin-Priority: -1\n", pins)
        self.assertIn("Package: valkey-server valkey-tools\nPin: release n=bookworm-backports\nPin-Priority: 500\n", pins)

    def test_another_release_is_told_what_to_do(self):
        with self.assertRaisesRegex(Failed, "sid, not Debian 12"):
            debian.add_backports([], self.etc, "sid")
        self.assertEqual([file for file in self.etc.rglob("*") if file.is_file()], [])


class ServicesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.policy = Path(folder.name) / "policy-rc.d"

    def denies(self):
        return subprocess.run([self.policy, "redis-server", "start"], check=False).returncode == 101

    def test_none_starts_meanwhile_and_nothing_is_left(self):
        with debian.no_services([], self.policy):
            self.assertTrue(self.denies())
        self.assertEqual(list(self.policy.parent.iterdir()), [])

    def test_what_was_there_is_put_back_even_after_a_failure(self):
        self.policy.write_text("#!/bin/sh\nexit 0\n")
        self.policy.chmod(0o755)
        with self.assertRaises(Failed), debian.no_services([], self.policy):
            self.assertTrue(self.denies())
            raise Failed("apt-get")
        self.assertEqual(self.policy.read_text(), "#!/bin/sh\nexit 0\n")
        self.assertFalse(self.denies())
        self.assertEqual(list(self.policy.parent.iterdir()), [self.policy])

    def test_what_a_killed_run_left_is_cleared(self):
        killed = debian.no_services([], self.policy)
        killed.__enter__()
        with debian.no_services([], self.policy):
            self.assertTrue(self.denies())
        self.assertEqual(list(self.policy.parent.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
