"""The lint of rule 0 on snippets that must pass and snippets that must not."""

import unittest

from await_rule import violations

GOOD = {
    "a name": "Task<> F() { Note note{.topic = x, .body = y}; co_await bus.Publish(std::move(note)); }",
    "a constructor call": "Task<> F() { co_await bus.Publish(Note(x, y)); }",
    "a lambda without captures": "Task<> F() { co_await lane.Run([] { return 1; }); }",
    "a lambda that itself awaits": """
        void F() {
            auto task = [this, name]() -> Task<> {
                co_await Sleep(1ms);
            };
            Spawn(std::move(task), Options{.name = "x"});
        }""",
    "braces in the body of a plain lambda": "Task<> F() { co_await lane.Run([] { return Note{1, 2}; }); }",
    "braces of the next statement": "Task<> F() { co_await g(); Note note{1, 2}; std::vector<int> v{1}; }",
    "braces of the statement before": "Task<> F() { std::map<int, int> m{{1, 2}, {3, 4}}; co_await g(m); }",
    "a condition": "Task<> F() { if (co_await g()) { h(Note{1}); } else { h(Note{2}); } }",
    "a loop": "Task<> F() { while (go) { const bool on = co_await Sleep(1ms); Use(Note{1, 2}, [this] { Go(); }); } }",
    "an endless loop": "Task<> F() { for (;;) { if (!co_await Sleep(1ms)) co_return; Use(Note{1}); } }",
    "a loop's first part": "Task<> F() { for (int n = co_await g(); n < 3; ++n) h(Note{n}); }",
    "a loop's condition with a lambda that awaits": "void F() { while (Spawn([]() -> Task<> { co_await g(); })) h(); }",
    "braces in the condition, await in the body": "Task<> F() { if (x == Note{1}) co_await g(); }",
    "a range-for": "Task<> F() { for (auto& row : co_await g()) { Use({row, 1}); } }",
    "a member function's qualifiers": "struct S { Task<> F() const noexcept override { co_await g(); } };",
    "a trailing return type": "auto F() -> Task<std::vector<int>> { co_await g(); co_return std::vector<int>{1}; }",
    "a constructor's list": "S::S() : a_{1}, b_(2) { Use([this] { Go(); }); }",
    "strings and comments": """
        Task<> F() {
            // co_await bus.Publish(Note{1, 2});
            /* co_await bus.Publish({1}); */
            co_await log("co_await g({1}) [this] {");
            co_await log(R"(co_await g({1}))");
        }""",
    "a structured binding": "Task<> F() { const auto [a, b] = co_await g(); auto& [c, d] = co_await h(); }",
    "an index": "Task<> F() { co_await shards[index].Run(table[i][j]); }",
    "an attribute": "Task<> F() { [[maybe_unused]] const auto n = co_await g(); }",
    "digit separators": "Task<> F() { co_await Sleep(1'000'000); Note n{1'000}; }",
    "a switch": "Task<> F() { switch (co_await g()) { case Kind::kA: { Use(Note{1}); break; } default: { } } }",
    "a class with initialised members": "class C { int a_{1}; std::string b_{}; Task<> F() { co_await g(); } };",
    "a preprocessor line": "#define INIT {1, 2}\nTask<> F() {\n#if X\n co_await g();\n#endif\n}",
    "a namespace and an enum": "namespace a::b { enum class E : int { kA, kB }; Task<> F() { co_await g(); } }",
    "a try block": "Task<> F() { try { co_await g(); } catch (const E& e) { Use(Note{1}); } }",
    "a lambda stored in a member": "void F() { handler_ = [this](Note n) -> Task<> { co_await Take(n); }; }",
    "a lambda as an argument with await in it": "void F() { Spawn([this]() -> Task<> { co_await Take(); }); }",
}

BAD = {
    "a braced aggregate": "Task<> F() { co_await bus.Publish(Note{.topic = x}); }",
    "plain braces": "Task<> F() { co_await bus.Publish({.topic = x, .payload = y}); }",
    "empty braces": "Task<> F() { co_await bus.Publish({}); }",
    "a capturing lambda": "Task<> F() { co_await lane.Run([this] { return Go(); }); }",
    "a lambda that captures everything": "Task<> F() { co_await lane.Run([&] { return Go(); }); }",
    "a lambda with parameters and a return type":
        "Task<> F() { co_await lane.Run([x = std::move(x)](int a) mutable -> Result<int> { return a; }); }",
    "several lines": """
        Task<> F() {
            const Result<Offset> ack =
                co_await bus_.Publish(
                    topics::kTicker,
                    Outgoing{
                        .payload = body,
                    }
                );
        }""",
    "a declaration by braces": "Task<> F() { Note note{co_await g()}; }",
    "in a condition": "Task<> F() { if (co_await g(Note{1})) { h(); } }",
    "in a loop's condition": "Task<> F() { for (int i = 0; co_await g({i}); ++i) h(); }",
    "after a condition": "Task<> F() { if (ready) co_await g({1}); }",
    "in a return": "Task<int> F() { co_return co_await g(std::vector<int>{1, 2}); }",
    "before the co_await": "Task<> F() { Use(Note{1}, co_await g()); }",
    "inside a lambda's body": "void F() { Spawn([]() -> Task<> { co_await g({1}); }); }",
    "inside a named lambda's body": "void F() { auto t = [&]() -> Task<> { co_await g(Note{1}); }; }",
    "in a while": "Task<> F() { while (co_await Sleep(1ms)) { h(); } }",
    "in a while, behind a sign": "Task<> F() { while (!stopping_ && co_await Sleep(1ms)) h(); }",
    "in a do": "Task<> F() { do { h(); } while (co_await Sleep(1ms)); }",
    "in a for's condition": "Task<> F() { for (int i = 0; co_await g(i); ++i) h(); }",
    "in a for's step": "Task<> F() { for (int i = 0; i < 3; i += co_await g()) h(); }",
    "in a range-for": "Task<> F() { for (auto& row : co_await g({1})) Use(row); }",
    "after case": "Task<> F() { switch (x) { case 1: co_await g({1}); } }",
    "in a test macro": "Task<> F() { EXPECT_TRUE(co_await g(Note{1})); }",
}


class AwaitRuleTest(unittest.TestCase):
    def test_passes_what_is_named_first(self):
        for name, snippet in GOOD.items():
            with self.subTest(name):
                self.assertEqual(violations(snippet), [])

    def test_finds_what_is_written_inline(self):
        for name, snippet in BAD.items():
            with self.subTest(name):
                self.assertNotEqual(violations(snippet), [])

    def test_names_the_lines(self):
        source = "Task<> F() {\n    co_await g(\n        1,\n        Note{2}\n    );\n}\n"
        self.assertEqual(violations(source), [(2, 4, "a braced initialiser")])


if __name__ == "__main__":
    unittest.main()
