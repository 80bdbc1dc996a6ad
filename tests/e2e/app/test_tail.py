"""`flux tail`: the records of a topic, from any place on."""

import json
import os
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

from flux_process import FLUX, Flux, Folder, environment, request, run, wait_until

_CONFIG = """
[[topic]]
name = "shop.orders"
durable = true
partitions = {partitions}

[[route]]
name = "orders"
topic = "shop.orders"
room = "orders"
event = "order"
"""


class TailTest(unittest.TestCase):
    def flux(self, partitions=1):
        """A Flux with a topic of its own; on Kafka where that is given."""
        brokers = os.environ.get("TEST_KAFKA_BROKERS")
        self.topic = "shop.orders" if brokers is None else f"shop.{self._testMethodName}"
        self.folder = Folder(self)
        text = _CONFIG.format(partitions=partitions).replace("shop.orders", self.topic)
        self.config = self.folder.write("flux.toml", text)
        flags = [] if brokers is None else [f"--kafka={brokers}"]
        self.running = Flux(self, f"--config={self.config}", *flags, folder=self.folder)
        return self.running

    def publish(self, number, key="k"):
        body = json.dumps({"number": number}).encode()
        status, _, answer = self.running.post_record(self.topic, body, self.running.token(), X_Record_Key=key)
        self.assertEqual(status, 201, answer)
        return answer

    def tail(self, *flags):
        ended = run("tail", self.topic, f"--config={self.config}", f"--data_dir={self.running.data}", *flags)
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        return ended.stdout.decode().splitlines()

    def numbers(self, lines):
        return [json.loads(line)["payload"]["number"] for line in lines]

    def test_shows_what_is_there_from_any_place_on(self):
        self.flux()
        stood = [self.publish(number)["offset"] for number in range(6)]
        self.assertEqual(self.numbers(self.tail("--from=beginning", "--no-follow", "--json")), list(range(6)))
        self.assertEqual(self.numbers(self.tail(f"--from={stood[4]}", "--no-follow", "--json")), [4, 5])
        self.assertEqual(self.numbers(self.tail("--from=1h", "--count=2", "--json")), [0, 1])
        self.assertEqual(self.tail("--from=end", "--no-follow"), [])

    def test_from_a_time_on(self):
        self.flux()
        stood = [self.publish(number)["offset"] for number in range(6)]
        times = [json.loads(line)["time"] for line in self.tail("--from=beginning", "--no-follow", "--json")]
        [printed, *_] = self.tail(f"--from={stood[3]}", "--no-follow")
        then = datetime.fromtimestamp(times[3] / 1000, timezone.utc)
        from_then_on = [number for number, time in enumerate(times) if time >= times[3]]
        for place in (" ".join(printed.split()[:2]), then.strftime(f"%Y-%m-%dT%H:%M:%S.{times[3] % 1000:03}Z"),
                      then.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="milliseconds")):
            self.assertEqual(self.numbers(self.tail(f"--from={place}", "--no-follow", "--json")), from_then_on, place)
        for place in ("2024-01-01T00:00:00Z", "2024-01-01T00:00Z", "2024-01-01"):
            self.assertEqual(self.numbers(self.tail(f"--from={place}", "--no-follow", "--json")), list(range(6)), place)
        self.assertEqual(self.tail("--from=2999-01-01T00:00:00Z", "--no-follow"), [])

    def test_a_line_for_people(self):
        self.flux()
        offset = self.publish(7, key="north")["offset"]
        [line] = self.tail("--from=beginning", "--no-follow")
        self.assertRegex(line, rf'^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{3}} 0/{offset} "north" {{"number": ?7}}$')

    def test_follows_what_comes(self):
        self.flux(partitions=3)
        self.publish(0)
        child = subprocess.Popen([FLUX, "tail", self.topic, f"--config={self.config}", f"--data_dir={self.running.data}",
                                  "--from=beginning", "--json", "--count=4"], stdout=subprocess.PIPE, text=True,
                                 env=environment())
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        first = json.loads(child.stdout.readline())
        self.assertEqual((first["key"], first["payload"]), ("k", {"number": 0}))
        for number in range(1, 4):
            self.publish(number, key=str(number))
        rest = [json.loads(child.stdout.readline())["payload"]["number"] for _ in range(3)]
        self.assertEqual(sorted(rest), [1, 2, 3])
        self.assertEqual(child.wait(timeout=30), 0)

    def test_one_partition(self):
        self.flux(partitions=3)
        partitions = {number: self.publish(number, key=str(number))["partition"] for number in range(12)}
        wanted = [number for number, partition in partitions.items() if partition == 1]
        self.assertTrue(wanted)
        self.assertEqual(self.numbers(self.tail("--partition=1", "--from=beginning", "--no-follow", "--json")), wanted)

    def test_places_that_are_not_there_are_named(self):
        self.flux()
        for flags, wanted in ((("nowhere.topic",), b"nowhere.topic"), ((self.topic, "--from=999999999999"), b"past the end"),
                              ((self.topic, "--partition=9"), b"partition")):
            ended = run("tail", *flags, "--no-follow", f"--config={self.config}", f"--data_dir={self.running.data}")
            self.assertEqual(ended.returncode, 1, flags)
            self.assertIn(wanted, ended.stderr)
        for place in ("yesterday", "2024-13-01T00:00:00Z", "2024-01-01T25:00:00Z", "12:00"):
            ended = run("tail", self.topic, f"--from={place}", f"--config={self.config}")
            self.assertEqual(ended.returncode, 2, place)
            self.assertIn(b"--from", ended.stderr)
            self.assertIn(place.encode(), ended.stderr)

    def test_records_are_for_who_has_the_token(self):
        flux = self.flux()
        self.publish(1)
        place = f"{flux.admin}/bus/topics/{self.topic}/records?from=beginning"
        self.assertEqual(request(place)[0], 401)
        self.assertEqual(request(place, headers={"Authorization": "Bearer wrong"})[0], 401)
        right = {"Authorization": f"Bearer {flux.token()}"}
        self.assertEqual(request(place, headers={**right, "Host": "evil.example"})[0], 403)
        status, _, text = request(place, headers=right)
        self.assertEqual((status, json.loads(text)["records"][0]["payload"]), (200, {"number": 1}))
        for query in ("partition=-1", "partition=x", "from=last", "max=0", "time=now"):
            status, _, text = request(place.split("?")[0] + "?" + query, headers=right)
            self.assertEqual(status, 400, query)
            self.assertIn(query.split("=")[0], json.loads(text)["error"])

    def test_the_listener_serves_others_meanwhile(self):
        flux = self.flux()
        for number in range(50):
            self.publish(number)
        wait_until("ready", lambda: request(f"{flux.admin}/readyz")[0] == 200)
        self.assertEqual(len(self.tail("--from=beginning", "--no-follow")), 50)


if __name__ == "__main__":
    unittest.main()
