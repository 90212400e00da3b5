"""Small trees with one fault each: what every check must find, and what it must leave alone.

CHECK -> list of (files, findings); a finding is (path, line, part of its text). An empty list of
findings is a tree that must pass.
"""

TABLE = """| module (layer) | what | links |
|---|---|---|
| `low` (0) | words | none |
| `mid` (1) | things | `low` |
| `high` (2) | more | `mid` |
"""
LOW = "tidemark_module(low LAYER 0)\n"
MID = "tidemark_module(mid LAYER 1 LINKS low)\n"
HIGH = "tidemark_module(high LAYER 2\n  PRIVATE_LINKS mid)\n"
MODULES = {
    "docs/explanation/architecture.md": TABLE,
    "framework/low/CMakeLists.txt": LOW,
    "framework/mid/CMakeLists.txt": MID,
    "framework/high/CMakeLists.txt": HIGH,
}
HEADER = "framework/mid/include/tidemark/mid/thing.hpp"
ONCE = "#pragma once\n"



def lines(count, line="int x;\n"):
    return line * count


PLANTED = {
    "layers": [
        (MODULES, []),
        (MODULES | {"docs/explanation/architecture.md": TABLE.replace("`mid` (1)", "`mid` (3)")},
         [("framework/mid/CMakeLists.txt", 1, "is layer 3 in")]),
        (MODULES | {"framework/high/CMakeLists.txt": HIGH.replace("mid", "mid low")},
         [("framework/high/CMakeLists.txt", 1, "may not link 'low'")]),
        (MODULES | {"framework/high/CMakeLists.txt": "tidemark_module(high LAYER 2)\n"},
         [("framework/high/CMakeLists.txt", 1, "does not link 'mid'")]),
        (MODULES | {"framework/new/CMakeLists.txt": "\ntidemark_module(new LAYER 1)\n"},
         [("framework/new/CMakeLists.txt", 2, "not in the table")]),
        ({"framework/low/CMakeLists.txt": LOW},
         [("docs/explanation/architecture.md", 1, "is missing")]),
    ],
    "includes": [
        (MODULES | {"framework/high/src/a.cpp": '#include "tidemark/low/word.hpp"\n'}, []),
        (MODULES | {"framework/low/src/a.cpp": '\n#include <tidemark/mid/thing.hpp>\n'},
         [("framework/low/src/a.cpp", 2, "'low' includes 'mid' without a link")]),
        (MODULES | {"framework/high/include/tidemark/high/a.hpp": '#include <tidemark/mid.hpp>\n'},
         [("framework/high/include/tidemark/high/a.hpp", 1, "without a public link")]),
    ],
    "applications": [
        ({"domain/shop/cart.hpp": "#include <tidemark/aggregate.hpp>\n"}, []),
        ({"domain/shop/cart.hpp": "#include <tidemark/store/event_store.hpp>\n"},
         [("domain/shop/cart.hpp", 1, "may not include 'store'")]),
        ({"domain/shop/CMakeLists.txt": "target_link_libraries(shop tidemark::sqlite)\n"},
         [("domain/shop/CMakeLists.txt", 1, "not sqlite")]),
        ({"sagas/pay.cpp": "#include <tidemark/testing/given.hpp>\n"},
         [("sagas/pay.cpp", 1, "only tests")]),
    ],
    "module_readme": [
        (MODULES | {f"framework/{name}/README.md": "word " * 30
                    for name in ("low", "mid", "high")}, []),
        ({"framework/low/CMakeLists.txt": LOW},
         [("framework/low/CMakeLists.txt", 1, "needs a README.md")]),
        ({"framework/low/CMakeLists.txt": LOW, "framework/low/README.md": "# low\n"},
         [("framework/low/CMakeLists.txt", 1, "needs a README.md")]),
    ],
    "file_length": [
        ({"a.cpp": lines(600)}, []),
        ({"a.cpp": lines(601)}, [("a.cpp", 601, "601 lines")]),
    ],
    "function_length": [
        ({"a.cpp": "void f() {\n" + lines(68) + "}\n" + 'TEST_SUITE("a/b") {\n'
          + lines(80) + "void g() { int x; }\n}\n"}, []),
        ({"a.cpp": "namespace n {\nstruct S {\n  S(int x) : x_(x) {\n" + lines(80) + "}\n};\n}\n"},
         [("a.cpp", 3, "'S' has 82 lines")]),
        ({"a.cpp": "auto Thing::f(int x) const -> int {\n" + lines(80) + "}\n"},
         [("a.cpp", 1, "'Thing::f' has 82 lines")]),
        ({"a.py": "def f():\n" + lines(80, "    x = 1\n")}, [("a.py", 1, "'f' has 81 lines")]),
    ],
    "line_length": [
        ({"a.hpp": "//" + "x" * 98 + "\n", "a.md": "x" * 200 + "\n"}, []),
        ({"a.hpp": "\n//" + "x" * 99 + "\n"}, [("a.hpp", 2, "101 columns")]),
        ({"dev": "#" + "x" * 100 + "\n"}, [("dev", 1, "101 columns")]),
    ],
    "banned_calls": [
        ({"framework/base/src/clock.cpp": "auto t = std::chrono::system_clock::now();\n",
          "framework/runtime/src/a.hpp": "std::jthread thread_;\n",
          "framework/a/src/a.cpp": "// std::thread\nauto s = \"sleep_for(x)\"; x.rand();\n"}, []),
        ({"framework/a/src/a.cpp": "f(system_clock::now());\n"},
         [("framework/a/src/a.cpp", 1, "ask a Clock&")]),
        ({"tests/a.cpp": "\nauto t = std::chrono::steady_clock::now();\n"},
         [("tests/a.cpp", 2, "ask a Clock&")]),
        ({"tests/a.cpp": "std::this_thread::sleep_for(1s);\n"}, [("tests/a.cpp", 1, "deadline")]),
        ({"framework/store/src/a.hpp": "std::thread t;\n"},
         [("framework/store/src/a.hpp", 1, "only runtime makes threads")]),
        ({"framework/a/src/a.cpp": "std::random_device seed;\nint x = rand();\n"},
         [("framework/a/src/a.cpp", 1, "Random&"), ("framework/a/src/a.cpp", 2, "Random&")]),
        ({"framework/a/src/a.cpp": "volatile int x;\n"},
         [("framework/a/src/a.cpp", 1, "std::atomic")]),
        ({"domain/a.cpp": "std::printf(\"x\");\nstd::cout << 1;\n"},
         [("domain/a.cpp", 1, "observe"), ("domain/a.cpp", 2, "observe")]),
        ({"sagas/a.cpp": "getenv(\"X\");\nassert(x);\nstd::exit(1);\nstd::stoi(s);\n"},
         [("sagas/a.cpp", 1, "configuration"), ("sagas/a.cpp", 2, "TIDEMARK_ASSERT"),
          ("sagas/a.cpp", 3, "Failure"), ("sagas/a.cpp", 4, "from_chars")]),
    ],
    "determinism": [
        ({"tests/a.cpp": "std::uniform_int_distribution<int> d;\n",
          "framework/a/src/a.cpp": "std::unordered_map<int, int> cache;\n"}, []),
        ({"framework/a/src/a.cpp": "std::uniform_int_distribution<int> d;\n"},
         [("framework/a/src/a.cpp", 1, "Random::below")]),
        ({"framework/a/src/a.cpp": "std::ranges::shuffle(v, g);\n"},
         [("framework/a/src/a.cpp", 1, "shuffles")]),
        ({"domain/a.hpp": "std::unordered_map<int, int> m;\ndouble price;\n"},
         [("domain/a.hpp", 1, "same everywhere"), ("domain/a.hpp", 2, "integers")]),
        ({"projections/a.cpp": "auto h = std::hash<int>{}(1);\nint p = getpid();\n"},
         [("projections/a.cpp", 1, "may differ"), ("projections/a.cpp", 2, "not an id")]),
    ],
    "silent_catches": [
        ({"a.cpp": "try { f(); } catch (const X&) {\n  // it was rolled back already\n}\n"}, []),
        ({"a.cpp": "try { f(); }\ncatch (...) {\n}\n"}, [("a.cpp", 2, "without a word")]),
    ],
    "markers": [
        ({"a.cpp": "int todos;\n", "docs/a.md": "mktemp name.XXXXXX\n"}, []),
        ({"a.cpp": "// TODO: later\n"}, [("a.cpp", 1, "'TODO'")]),
        ({"dev": "# FIXME\n"}, [("dev", 1, "'FIXME'")]),
    ],
    "words": [
        ({"a.md": "The network of a session; /workers, a user agent, src/work/x.\n"}, []),
        ({"a.md": "See /work/main.\n"}, [("a.md", 1, "one machine")]),
        ({"a.sh": "cp x ../shared/y\n"}, [("a.sh", 1, "outside of this project")]),
        ({"pom.xml": "<url>https://repo.maven.apache.org</url>\n"}, [("pom.xml", 1, "registries")]),
        ({"a.md": "Written by a subagent.\n"}, [("a.md", 1, "itself alone")]),
        ({"a.cpp": "// as requested, see issue #12\n"}, [("a.cpp", 1, "say the reason")]),
    ],
    "pragma_once": [
        ({"a.hpp": "// why\n" + ONCE}, []),
        ({"a.hpp": "#include <string>\n" + ONCE}, [("a.hpp", 1, "#pragma once")]),
    ],
    "c_headers": [
        ({"framework/mid/src/a.hpp": ONCE + "#include <sqlite3.h>\n", HEADER: ONCE}, []),
        ({HEADER: ONCE + "#include <sqlite3.h>\n"}, [(HEADER, 2, "sqlite3.h")]),
        ({HEADER: ONCE + "\n# include <sys/stat.h>\n"}, [(HEADER, 3, "sys/stat.h")]),
    ],
    "dead_files": [
        ({"CMakeLists.txt": "protos(a.proto) run(tool.py)\n", "compiled.cpp": '#include "a.hpp"\n',
          "a.hpp": ONCE, "a.proto": "\n", "tool.py": "import helper\n", "helper.py": "\n"}, []),
        ({"b.cpp": "\n"}, [("b.cpp", 1, "nobody compiles it")]),
        ({"b.hpp": ONCE}, [("b.hpp", 1, "nobody includes it")]),
        ({HEADER: ONCE}, [(HEADER, 1, "no document names it")]),
        ({"b.proto": "\n"}, [("b.proto", 1, "nobody compiles or imports it")]),
        ({"b.py": "\n"}, [("b.py", 1, "nobody runs or imports it")]),
    ],
    "dead_pages": [
        ({"README.md": "[d](docs/)\n", "docs/README.md": "[a](a.md#x)\n", "docs/a.md": "x\n"}, []),
        ({"README.md": "x\n", "docs/a.md": "[b](b.md)\n", "docs/b.md": "[a](a.md)\n"},
         [("docs/a.md", 1, "no page"), ("docs/b.md", 1, "no page")]),
    ],
    "links": [
        ({"a.md": "[b](docs/b.md#the-end) [out](https://x.y/z) `[c](c.md)`\n```\n[d](d.md)\n```\n",
          "docs/b.md": "# Beginning\n## The end\n[up](../a.md)\n"}, []),
        ({"a.md": "\n[b](b.md)\n"}, [("a.md", 2, "leads nowhere")]),
        ({"a.md": "[b](#nothing)\n"}, [("a.md", 1, "no such heading")]),
        ({"a.md": "[b]\n\n[b]: gone/b.md\n"}, [("a.md", 3, "leads nowhere")]),
    ],
    "snippets": [
        ({"a.md": "<!-- snippet: a.cpp#one -->\n```cpp\nint x;\n```\n",
          "a.cpp": "namespace {\n  // [one]\n  int x;\n  // [/one]\n}\n"}, []),
        ({"a.md": "<!-- snippet: a.cpp#one -->\n```cpp\nint y;\n```\n",
          "a.cpp": "// [one]\nint x;\n// [/one]\n"}, [("a.md", 1, "differs from a.cpp#one")]),
        ({"a.md": "<!-- snippet: a.cpp#two -->\n```cpp\nint y;\n```\n", "a.cpp": "int x;\n"},
         [("a.md", 1, "no region a.cpp#two")]),
        ({"a.md": "\n<!-- snippet: a.cpp#two -->\nno block\n"},
         [("a.md", 2, "fenced block below")]),
    ],
    "assertions": [
        ({"tests/a_test.cpp": 'void expect_it(int x) { CHECK(x); }\nvoid more() { expect_it(1); }\n'
          'TEST_SUITE("a") {\nTEST_CASE("it holds") { more(); }\n'
          'TEST_CASE_FIXTURE(F, "that too") { given<A>().when(b).then(c); }\n}\n'}, []),
        ({"tests/a_test.cpp": 'TEST_CASE("it runs") {\n  // CHECK(true)\n  run();\n}\n'},
         [("tests/a_test.cpp", 1, "'it runs' checks nothing")]),
    ],
    "case_names": [
        ({"tests/a_test.cpp": 'TEST_CASE_FIXTURE(F, "a name "\n  "goes on") { CHECK(1); }\n'}, []),
        ({"tests/a_test.cpp": '\nTEST_CASE("saga2") { CHECK(1); }\n'},
         [("tests/a_test.cpp", 2, "no sentence")]),
    ],
}
