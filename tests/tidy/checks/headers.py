"""Headers stand alone and keep C libraries to themselves."""

import re

from tree import Finding, findings_of

C_LIBRARIES = (r"sqlite3(?:ext)?\.h|librdkafka/[\w.]+|sodium(?:/[\w.]+)?\.h|openssl/[\w.]+|"
               r"curl/[\w.]+|libpq-fe\.h|zstd\.h|zlib\.h|unistd\.h|fcntl\.h|pthread\.h|signal\.h|"
               r"poll\.h|sys/[\w.]+|netinet/[\w.]+|arpa/[\w.]+")


def check_pragma(tree):
    for path in tree.named(".hpp"):
        first = next((line for line in tree.code(path).splitlines() if line.strip()), "")
        if first.strip() != "#pragma once":
            yield Finding(path, 1, "begins with #pragma once")


def check_c_headers(tree):
    public = [path for path in tree.named(".hpp", under=("framework",))
              if re.match(r"framework/\w+/include/", path)]
    yield from findings_of(tree, public, rf'#\s*include\s+[<"]({C_LIBRARIES})[>"]',
                           r"'\1' in a public header: keep it in src/, behind a pointer")
