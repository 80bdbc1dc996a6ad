"""Who may include whom: the levels of ARCHITECTURE.md, as data. A new folder of src/ gets its row here."""

# An include points to a lower level, or to one of the folders named beside the level.
LEVELS = {
    "base": (0, ()),
    "limits": (1, ()),
    "json": (1, ("limits",)),
    "config": (1, ("limits",)),
    "runtime": (1, ("limits",)),
    "sqlite": (1, ()),
    "contract": (2, ()),
    "net": (2, ()),
    "net/client": (2, ("net",)),
    "valkey": (2, ("net", "net/client")),
    "bus": (2, ()),
    "bus/kafka": (2, ("bus",)),
    "cache": (3, ()),
    "store": (3, ()),
    "socketio": (3, ()),
    "gateway": (4, ()),
    "feeds/upstream": (4, ()),
    "feeds/crypto": (4, ("feeds/upstream",)),
    "feeds/weather": (4, ("feeds/upstream",)),
    "feeds/stock": (4, ("feeds/upstream",)),
    "feeds/news": (4, ("feeds/upstream",)),
    "simulator": (4, ()),
    "sale/ingest": (4, ("sale/gate",)),
    "sale/gate": (4, ()),
    "sale/queue": (4, ("sale/gate",)),
    "sale/worker": (4, ()),
    "sale/reconcile": (4, ("sale/gate",)),
    "app": (5, ()),
}

# Libraries that only their own folder sees: everybody else uses Flux's types.
LIBRARY_HOMES = {
    "boost/beast": ("net/client",),
    "sqlite3.h": ("sqlite",),
    "spdlog/": ("base",),
    "toml++/": ("config",),
    "CLI/": ("config", "app"),
    "simdjson": ("json",),
    "librdkafka/": ("bus/kafka",),
    "hiredis/": ("valkey",),
    "utf8proc.h": ("contract",),
    "libpq-fe.h": ("store",),
}

# Names that say nothing about what is inside.
FORBIDDEN_FOLDERS = {"utils", "util", "common", "helpers", "helper", "core", "misc", "shared", "lib"}


def may_include(source, target):
    """Whether a file of folder `source` may include one of folder `target`."""
    if source == target:
        return True
    level, sideways = LEVELS[source]
    return LEVELS[target][0] < level or target in sideways


def folder_of(path):
    """The folder of LEVELS a path below src/ belongs to: the longest that is a prefix, or None."""
    parts = path.split("/")[:-1]
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in LEVELS:
            return name
    return None
