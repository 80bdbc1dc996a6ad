"""npm installs of suites that run beside each other."""

import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

import node


class InstallTest(unittest.TestCase):
    def test_two_suites_of_one_folder_install_once(self):
        held = tempfile.TemporaryDirectory(dir=node.ROOT)
        self.addCleanup(held.cleanup)
        folder = Path(held.name)
        (folder / "package.json").write_text("{}")
        (folder / "package-lock.json").write_text("{}")
        calls, written, beside = [], {}, threading.Event()

        def npm(command, *_, cwd, **__):
            calls.append(command)
            if len(calls) > 1:
                beside.set()
            beside.wait(0.2)  # nobody comes in between
            (cwd / "node_modules").mkdir()

        with mock.patch.object(node, "run", npm), \
                mock.patch.object(node.stamp, "fresh", lambda name, inputs: written.get(name) == inputs), \
                mock.patch.object(node.stamp, "write", written.__setitem__):
            threads = [threading.Thread(target=node.install_folder, args=(folder, None)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(len(calls), 1)


if __name__ == "__main__":
    unittest.main()
