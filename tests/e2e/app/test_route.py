"""`flux route test`: what the routes make of a record, without publishing it."""

import unittest

from flux_process import Flux, Folder, request, run, wait_until

CONFIG = """
[[route]]
name = "orders"
topic = "shop.orders"
key_prefix = "eu-"
where = { "state" = "paid" }
room = "orders.{region}"
event = "order"
delivery = "every"

[[route]]
name = "all-orders"
topic = "shop.orders"
room = "orders.all"
event = "any-order"
snapshot = "latest"
cache_key = "shop:newest"
cache_ttl = "2m"
"""
RECORD = '{"state":"paid","region":"north","total":1e400}'


class RouteTest(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)
        self.config = self.folder.write("flux.toml", CONFIG)

    def ask(self, *arguments, record=RECORD):
        return run("route", "test", f"--config={self.config}", *arguments, stdin=record.encode(), cwd=self.folder.path)

    def test_shows_room_event_and_the_packet_of_each_route(self):
        ended = self.ask("--topic=shop.orders", "--key=eu-7")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        said = ended.stdout.decode()
        self.assertIn("route orders: yes\n  room      orders.north\n  event     order\n  key       eu-7\n", said)
        self.assertIn("  packet    42[\"order\"," + RECORD + "]\n", said)
        self.assertIn("route all-orders: yes\n  room      orders.all\n", said)
        self.assertEqual(said.count("  cache     "), 1)
        self.assertIn("]\n  cache     shop:newest, 120 s\n", said)

    def test_says_why_a_route_does_not_take_it(self):
        said = self.ask("--topic=shop.orders", "--key=us-7").stdout.decode()
        self.assertIn("route orders: no: its `key` does not allow the record's key\n", said)
        self.assertIn("route all-orders: yes", said)
        said = self.ask("--topic=shop.orders", "--key=eu-7", record='{"state":"open"}').stdout.decode()
        self.assertIn("route orders: no: its `where` does not hold for this record\n", said)
        said = self.ask("--topic=shop.orders", "--key=eu-7", record='{"state":"paid"}').stdout.decode()
        self.assertRegex(said, r"route orders: no: .*region")

    def test_a_topic_that_no_route_reads_and_bad_records_are_named(self):
        ended = self.ask("--topic=shop.order")
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"no route reads topic shop.order; routes read ", ended.stderr)
        self.assertIn(b"shop.orders", ended.stderr)
        ended = self.ask("--topic=shop.orders", record='{"state":')
        self.assertEqual((ended.returncode, ended.stdout), (1, b""))
        self.assertIn(b"flux: no route delivers this record: ", ended.stderr)
        ended = self.ask("--topic=shop.orders", "--record=/nowhere.json")
        self.assertEqual(ended.returncode, 1)
        self.assertIn(b"/nowhere.json", ended.stderr)

    def test_a_client_receives_just_that_packet(self):
        printed = self.ask("--topic=shop.orders", "--key=eu-7").stdout.decode()
        packet = next(line.split(None, 1)[1] for line in printed.splitlines() if line.startswith("  packet"))
        config = self.folder.write("watch.toml", CONFIG + '\n[[intent]]\nevent = "watch"\nrooms = ["orders.{region}"]\n')
        flux = Flux(self, f"--config={config}")
        url = flux.open_socket()
        request(url, "POST", b'42["watch",{"region":"north"}]')
        wait_until("it joined", lambda: flux.metric("flux_gateway_intents_total", outcome="joined") > 0)
        self.assertEqual(flux.post_record("shop.orders", RECORD.encode(), flux.token(), X_Record_Key="eu-7")[0], 201)
        heard = []

        def came():
            heard.extend(request(url)[2].split("\x1e"))
            return packet in heard
        wait_until("the packet came", came)


if __name__ == "__main__":
    unittest.main()
