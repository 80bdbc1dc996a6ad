"""Reading Prometheus text, and the page made of it."""

import unittest

import metrics_doc

TEXT = """\
# HELP flux_bus_published_total Records offered to a topic
# TYPE flux_bus_published_total counter
flux_bus_published_total{topic="a"} 3
flux_bus_published_total{topic="b"} 4
# HELP flux_net_refused_total Connections refused, by reason.
# TYPE flux_net_refused_total counter
flux_net_refused_total{reason="kernel",shard="0"} 0
flux_net_refused_total{reason="address \\"full\\"",shard="0"} 1e3
# HELP flux_ready Whether /readyz says so
# TYPE flux_ready gauge
flux_ready 1
"""


class MetricsPageTest(unittest.TestCase):
    def test_reads_types_helps_and_labels(self):
        found = metrics_doc.families(TEXT)
        self.assertEqual(sorted(found), ["flux_bus_published_total", "flux_net_refused_total", "flux_ready"])
        refused = found["flux_net_refused_total"]
        self.assertEqual((refused.type, refused.help), ("counter", "Connections refused, by reason."))
        self.assertEqual(refused.labels, {"reason": ["kernel", 'address \\"full\\"'], "shard": ["0"]})
        self.assertEqual(found["flux_ready"].labels, {})

    def test_writes_out_the_values_that_the_code_fixes_and_no_others(self):
        page = metrics_doc.page(TEXT)
        self.assertIn("| `flux_bus_published_total` | counter | `topic` | Records offered to a topic |\n", page)
        self.assertIn('| `shard`; `reason`: `address \\"full\\"`, `kernel` | Connections refused, by reason |', page)
        self.assertIn("\n\n## Readiness\n\n", page)

    def test_the_page_does_not_depend_on_the_machine(self):
        other = TEXT.replace('topic="b"', 'topic="c"').replace('shard="0"', 'shard="7"').replace(" 4\n", " 5\n")
        self.assertEqual(metrics_doc.page(other), metrics_doc.page(TEXT))
        self.assertNotEqual(metrics_doc.page(TEXT.replace("kernel", "other")), metrics_doc.page(TEXT))


if __name__ == "__main__":
    unittest.main()
