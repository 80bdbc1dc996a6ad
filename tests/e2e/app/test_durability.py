"""What `flux produce` was told is stored stays stored, whatever happens to the process."""

import contextlib
import http.client
import json
import signal
import sqlite3
import threading
import unittest
from urllib.parse import urlsplit

from flux_process import Flux, Folder, wait_until

TOPICS = """
[[topic]]
name = "shop.orders"
durable = true
partitions = 3

[[topic]]
name = "shop.views"
"""
WRITERS = 4


class Writer(threading.Thread):
    """Publishes numbered records one after the other until it is refused or nobody answers; remembers what was acknowledged."""

    def __init__(self, flux, number):
        super().__init__(daemon=True)
        self.acknowledged = []  # (partition, offset, payload)
        self._number = number
        self._host = urlsplit(flux.admin).netloc
        self._headers = {"Authorization": f"Bearer {flux.token()}"}

    def run(self):
        connection = http.client.HTTPConnection(self._host, timeout=20)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            for count in range(1_000_000):
                payload = json.dumps({"writer": self._number, "count": count})
                connection.request("POST", "/bus/topics/shop.orders/records", payload,
                                   self._headers | {"X-Record-Key": f"{self._number}-{count}"})
                answer = connection.getresponse()
                stored = json.loads(answer.read())
                if answer.status == 503:
                    return
                if answer.status != 201:
                    raise AssertionError(stored)
                self.acknowledged.append((stored["partition"], stored["offset"], payload))


def stored_records(data):
    """{(partition, offset): payload} of shop.orders as its file has it. Flux must not be running."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'bus' / 'log.db'}?mode=ro", uri=True)) as log:
        numbers = dict(log.execute("SELECT partitions.id, number FROM partitions JOIN topics ON topic = topics.id "
                                   "WHERE name = 'shop.orders'"))
        rows = log.execute("SELECT place, payload FROM records").fetchall()
    records = {}
    for place, payload in rows:
        partition, offset = place >> 40, place & ((1 << 40) - 1)
        if partition in numbers:
            records[numbers[partition], offset] = bytes(payload).decode()
    return records


class Durability(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)
        self.folder.write("flux.toml", TOPICS)

    def _written_until(self, signal_number):
        """What was acknowledged to several writers before Flux was ended in the middle of it, and the exit code."""
        flux = Flux(self, folder=self.folder)
        writers = [Writer(flux, number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        wait_until("all of them write", lambda: all(len(writer.acknowledged) >= 50 for writer in writers))
        code = flux.stop(signal_number)
        for writer in writers:
            writer.join()
        return [record for writer in writers for record in writer.acknowledged], flux, code

    def test_a_shutdown_loses_no_acknowledged_record(self):
        acknowledged, flux, code = self._written_until(signal.SIGTERM)
        self.assertEqual(code, 0)
        records = stored_records(flux.data)
        for partition, offset, payload in acknowledged:
            self.assertEqual(records.get((partition, offset)), payload)
        self.assertEqual(len(records), len(acknowledged))  # and nothing that nobody was told of

    def test_kill_9_loses_no_acknowledged_record(self):
        acknowledged, flux, _ = self._written_until(signal.SIGKILL)
        again = Flux(self, folder=self.folder)  # the file is recovered by whoever opens it next
        status, _, after = again.post_record("shop.orders", b'"after"', again.token(), X_Record_Key="after")
        self.assertEqual(status, 201)
        self.assertEqual(again.stop(), 0)
        records = stored_records(flux.data)
        for partition, offset, payload in acknowledged:
            self.assertEqual(records.get((partition, offset)), payload)
        self.assertEqual(records[after["partition"], after["offset"]], '"after"')
        self.assertEqual({partition for partition, _, _ in acknowledged}, {0, 1, 2})

    def test_another_shape_than_the_topic_has_is_refused_by_name(self):
        self.assertEqual(Flux(self, folder=self.folder).stop(), 0)
        self.folder.write("flux.toml", TOPICS.replace("partitions = 3", "partitions = 4"))
        flux = Flux(self, folder=self.folder, wait=False)
        self.assertEqual(flux.process.wait(timeout=30), 1)
        wait_until("it says why", lambda: any(
            "shop.orders" in line and "it exists and has 3 partitions, not 4" in line for line in flux.lines))


if __name__ == "__main__":
    unittest.main()
