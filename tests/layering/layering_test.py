"""Includes follow the levels, and CMake says the same."""

import re
import unittest

from checkout import ROOT, SRC, cpp, in_src, is_test, name, text
from cpp_source import includes
from levels import FORBIDDEN_FOLDERS, LEVELS, LIBRARY_HOMES, folder_of, may_include

_MODULE = re.compile(r"flux_module\s*\(\s*(\w+)(.*?)\)", re.DOTALL)
_KEYWORDS = {"SOURCES", "TESTS", "DEPENDS", "LINK", "TEST_DEPENDS", "TEST_LINK", "LABELS"}


def own_includes(path):
    """(line, included path below src/) of a file's includes of our own."""
    return [(line, included) for line, included, own in includes(text(path)) if own]


def folder_edges():
    """{(from folder, to folder): "file:line" of one such include}, tests included."""
    edges = {}
    for path in cpp():
        source = folder_of(in_src(path))
        for line, included in own_includes(path):
            target = folder_of(included)
            if source and target and source != target:
                edges.setdefault((source, target), f"{name(path)}:{line}")
    return edges


def upward(edges):
    """The edges that go up, or sideways where levels.py does not allow it."""
    return {edge: place for edge, place in edges.items() if not may_include(*edge)}


def circle(edges):
    """One circle in a graph of (from, to) pairs as a list of nodes, or None."""
    targets = {}
    for source, target in edges:
        targets.setdefault(source, []).append(target)
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        path.append(node)
        for target in targets.get(node, ()):
            found = visit(target)
            if found:
                return found
        path.pop()
        done.add(node)
        return None

    for node in list(targets):
        found = visit(node)
        if found:
            return found
    return None


class Module:
    """One flux_module() call."""

    def __init__(self, file, module_name, words):
        self.file = file
        self.name = module_name
        self.folder = str(file.parent.relative_to(SRC))
        self.lists = {keyword: [] for keyword in _KEYWORDS}
        current = None
        for word in words.split():
            if word in _KEYWORDS:
                current = word
            elif current is not None:
                self.lists[current].append(word)


def modules():
    found = []
    for file in sorted(SRC.glob("**/CMakeLists.txt")):
        without_comments = re.sub(r"#[^\n]*", "", text(file))
        found += [Module(file, match.group(1), match.group(2)) for match in _MODULE.finditer(without_comments)]
    return found


class LevelsTest(unittest.TestCase):
    """The rule itself, on made-up edges: it must be able to fail."""

    def test_down_is_allowed_up_is_not(self):
        self.assertTrue(may_include("gateway", "socketio"))
        self.assertTrue(may_include("socketio", "base"))
        self.assertFalse(may_include("base", "runtime"))
        self.assertFalse(may_include("socketio", "gateway"))

    def test_sideways_only_where_the_list_says_so(self):
        self.assertTrue(may_include("config", "limits"))
        self.assertFalse(may_include("limits", "config"))
        self.assertFalse(may_include("bus", "net"))
        self.assertFalse(may_include("feeds/crypto", "feeds/weather"))
        self.assertFalse(may_include("feeds/crypto", "simulator"))
        self.assertFalse(may_include("simulator", "feeds/crypto"))
        self.assertTrue(may_include("feeds/crypto", "feeds/upstream"))

    def test_the_list_itself_has_no_circle(self):
        edges = [(source, target) for source in LEVELS for target in LEVELS
                 if source != target and may_include(source, target)]
        self.assertIsNone(circle(edges))

    def test_a_circle_is_found(self):
        self.assertEqual(circle([("a", "b"), ("b", "c"), ("c", "b")]), ["b", "c", "b"])
        self.assertIsNone(circle([("a", "b"), ("b", "c"), ("a", "c")]))

    def test_an_upward_edge_is_found(self):
        edges = {("base", "net"): "base/x.h:1", ("net", "base"): "net/y.h:2"}
        self.assertEqual(upward(edges), {("base", "net"): "base/x.h:1"})

    def test_the_longest_folder_wins(self):
        self.assertEqual(folder_of("net/client/url.h"), "net/client")
        self.assertEqual(folder_of("net/http.h"), "net")
        self.assertIsNone(folder_of("nowhere/x.h"))


class IncludesTest(unittest.TestCase):
    def test_every_folder_has_a_level(self):
        for path in cpp():
            self.assertIsNotNone(folder_of(in_src(path)),
                                 f"{name(path)}: its folder has no row in tests/layering/levels.py")

    def test_includes_only_go_down(self):
        for (source, target), place in upward(folder_edges()).items():
            with self.subTest(place):
                self.fail(f"{place}: {source} (level {LEVELS[source][0]}) must not include {target} "
                          f"(level {LEVELS[target][0]}); see ARCHITECTURE.md")

    def test_folders_have_no_circle(self):
        found = circle(folder_edges())
        self.assertIsNone(found, f"folders include each other in a circle: {' -> '.join(found or [])}")

    def test_headers_have_no_circle(self):
        edges = [(in_src(path), included) for path in cpp() for _, included in own_includes(path)]
        found = circle(edges)
        self.assertIsNone(found, f"headers include each other in a circle: {' -> '.join(found or [])}")

    def test_own_includes_are_written_from_src(self):
        for path in cpp():
            for line, included in own_includes(path):
                with self.subTest(f"{name(path)}:{line}"):
                    self.assertTrue((SRC / included).is_file(),
                                    f'{name(path)}:{line}: "{included}" is not a file below src/')

    def test_a_library_is_seen_by_its_own_folder_only(self):
        for path in cpp():
            for line, included, _ in includes(text(path)):
                for library, homes in LIBRARY_HOMES.items():
                    if included.startswith(library):
                        with self.subTest(f"{name(path)}:{line}"):
                            self.assertIn(folder_of(in_src(path)), homes,
                                          f"{name(path)}:{line}: {library} belongs to {', '.join(homes)} alone; "
                                          "use Flux's own type for it")

    def test_headers_have_pragma_once(self):
        for path in cpp():
            if path.suffix == ".h":
                self.assertIn("#pragma once", text(path), name(path))


class CMakeTest(unittest.TestCase):
    def setUp(self):
        self.modules = modules()
        self.by_name = {module.name: module for module in self.modules}

    def used_folders(self, module, tests):
        """Folders that the module's files include; its tests' when `tests`."""
        used = {}
        for path in cpp():
            if folder_of(in_src(path)) != module.folder or is_test(path) != tests:
                continue
            for line, included in own_includes(path):
                target = folder_of(included)
                if target and target != module.folder:
                    used.setdefault(target, f"{name(path)}:{line}")
        return used

    def folders(self, names, module):
        for depend in names:
            self.assertIn(depend, self.by_name, f"{name(module.file)}: there is no module called {depend}")
        return {self.by_name[depend].folder for depend in names}

    def test_a_module_depends_on_what_it_includes_and_on_nothing_else(self):
        for module in self.modules:
            depends = self.folders(module.lists["DEPENDS"], module)
            used = self.used_folders(module, tests=False)
            for folder, place in used.items():
                with self.subTest(place):
                    self.assertIn(folder, depends, f"{place} includes {folder}, but {name(module.file)} does not name "
                                                   "it under DEPENDS")
            for folder in depends - set(used):
                with self.subTest(f"{module.name} DEPENDS {folder}"):
                    self.fail(f"{name(module.file)} depends on {folder}, but nothing there includes it")

    def test_a_test_program_depends_on_what_it_includes(self):
        for module in self.modules:
            depends = self.folders(module.lists["DEPENDS"] + module.lists["TEST_DEPENDS"], module)
            for folder, place in self.used_folders(module, tests=True).items():
                with self.subTest(place):
                    self.assertIn(folder, depends,
                                  f"{place} includes {folder}, but {name(module.file)} names it under neither DEPENDS "
                                  "nor TEST_DEPENDS")

    def test_every_source_is_built_and_every_test_is_run(self):
        for path in cpp():
            if path.suffix != ".cc" or path.stem.endswith("_bench"):
                continue
            lists = [file for file in (path.parent / "CMakeLists.txt", path.parent.parent / "CMakeLists.txt")
                     if file.is_file()]
            words = set(re.findall(r"[\w./]+", " ".join(re.sub(r"#[^\n]*", "", text(file)) for file in lists)))
            with self.subTest(name(path)):
                self.assertTrue({path.name, f"{path.parent.name}/{path.name}"} & words,
                                f"{name(path)} is in no CMakeLists.txt, so it is never built"
                                + (" and its tests never run" if is_test(path) else ""))

    def test_folders_are_added_lowest_level_first(self):
        order = re.findall(r"add_subdirectory\(src/([\w/]+)\)", text(ROOT / "CMakeLists.txt"))
        levels = [LEVELS[folder][0] for folder in order if folder in LEVELS]
        self.assertEqual(levels, sorted(levels), f"CMakeLists.txt adds {', '.join(order)}: not lowest level first")


class FoldersTest(unittest.TestCase):
    def test_no_folder_is_a_drawer_for_odds_and_ends(self):
        for folder in {parent for path in cpp(ROOT) for parent in path.relative_to(ROOT).parents}:
            self.assertNotIn(folder.name.lower(), FORBIDDEN_FOLDERS, f"{folder}: name it for the noun it holds")

    def test_every_folder_of_src_has_a_readme(self):
        for file in sorted(SRC.glob("**/CMakeLists.txt")):
            with self.subTest(name(file.parent)):
                readme = file.parent / "README.md"
                self.assertTrue(readme.is_file(), f"{name(file.parent)} has no README.md: what it is for, its nouns, "
                                                  "who may use it, how to test it")
                if readme.is_file():
                    self.assertGreater(len(text(readme).split()), 40, f"{name(readme)} says too little")


if __name__ == "__main__":
    unittest.main()
