"""The table and the plans: whole, and of things that exist."""

import unittest

import cells
import faults
import plan
from engines import ValkeyEngine
from stage import GATEWAYS, PROCESSES
from testpoints import ROOT, known


class TableTest(unittest.TestCase):
    def test_every_row_has_every_role(self):
        for fault, row in cells.TABLE.items():
            self.assertEqual(tuple(row), cells.ROLES, fault)

    def test_every_cell_names_what_exists(self):
        for name, cell in cells.cells().items():
            with self.subTest(name):
                self.assertIn(cell.at, {*known(), *ValkeyEngine.POINTS})
                self.assertTrue(cell.at in known() or cell.holds in GATEWAYS, "only they have gates that see it")
                self.assertLessEqual({*cell.outage, cell.then or "up"}, {*PROCESSES})
                self.assertIn(cell.fault, faults.all_faults())
                self.assertIn(cell.holds, PROCESSES)
                self.assertIn(cell.by, ("traffic", "join", "start", "stop"))

    def test_every_dash_has_a_reason(self):
        for row in cells.TABLE.values():
            for cell in row.values():
                self.assertTrue(isinstance(cell, cells.Cell) or len(cell.reason) > 10)

    def test_a_cell_that_was_not_reached_is_named(self):
        reached = dict.fromkeys(cells.cells(), 1)
        self.assertEqual(cells.empty(reached), [])
        del reached["disk full/up"]
        self.assertEqual(cells.empty(reached), ["disk full/up"])
        self.assertIn("EMPTY @ bus.log.sync", cells.table(reached))
        self.assertNotIn("EMPTY", cells.table(dict.fromkeys(cells.cells(), 2)))

    def test_points_that_no_cell_needs_are_for_shared_groups(self):
        """No role is a member of a shared group; tests/e2e/kafka-bus has one held at each of them."""
        used = {cell.at for cell in cells.cells().values()}
        elsewhere = (ROOT / "tests" / "e2e" / "kafka-bus" / "test_group_member.py").read_text()
        self.assertEqual(known() - used, {"kafka.commit.begun", "kafka.commit.stored", "kafka.partitions.dealt"})
        self.assertEqual([name for name in known() - used if f'"{name}"' not in elsewhere], [])


class PlanTest(unittest.TestCase):
    def test_a_seed_gives_one_plan(self):
        self.assertEqual(plan.plan(7), plan.plan(7))
        self.assertNotEqual(plan.plan(7), plan.plan(8))

    def test_faults_of_one_process_do_not_overlap(self):
        for seed in range(300):
            steps = plan.plan(seed)
            under_way = set()
            for step in steps:
                self.assertNotIn(step.target, under_way, seed)
                under_way = under_way | {step.target} if step.with_next else set()

    def test_two_faults_of_one_gate_do_not_overlap(self):
        for seed in range(300):
            steps = plan.plan(seed)
            for step, following in zip(steps, steps[1:]):
                if step.with_next and {step.fault, following.fault} <= set(plan.GATE_FAULTS):
                    self.assertFalse({"valkey", "gateway-a"} == {step.target, following.target}, seed)
                    self.assertFalse({"valkey", "gateway-b"} == {step.target, following.target}, seed)

    def test_nobody_is_refused_who_has_no_connection(self):
        for seed in range(300):
            steps = plan.plan(seed)
            for step, following in zip(steps, steps[1:]):
                if step.target == "kafka" and following.fault == "refuse":
                    self.assertFalse(step.with_next, seed)

    def test_plans_reach_everything_in_the_long_run(self):
        seen = {(step.fault, step.target) for seed in range(600) for step in plan.plan(seed)}
        for fault in plan.GATE_FAULTS + plan.ROLE_FAULTS:
            self.assertLessEqual({(fault, target) for target in plan.BEHIND_GATES}, seen, fault)
        self.assertLessEqual({(fault, "kafka") for fault in plan.ENGINE_FAULTS} | {("disk full", "up"), ("kill -9", "up")}, seen)

    def test_who_is_to_be_asked_is_not_held_where_it_answers(self):
        points = {step.at for seed in range(600) for step in plan.plan(seed) if step.fault == "disk full"}
        self.assertEqual(points, {None, "bus.log.sync", "bus.log.synced"})

    def test_plans_break_the_cache_in_every_way(self):
        seen = {step.fault for seed in range(600) for step in plan.plan(seed) if step.target == "valkey"}
        self.assertEqual(seen, set(plan.CACHE_FAULTS))

    def test_it_names_what_exists(self):
        for seed in range(100):
            for step in plan.plan(seed):
                self.assertIn(step.fault, faults.all_faults())
                self.assertTrue(step.at is None or step.at in {*known(), *ValkeyEngine.POINTS}, step)


if __name__ == "__main__":
    unittest.main()
