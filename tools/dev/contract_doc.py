"""docs/topics.md and docs/socket-events.md, written from src/contract: names from the headers, examples from the golden
files. What a header cannot say (who sends it, when, to whom) stands here; a name without such a row, or a row without a
name, is an error."""

import json
import re
from dataclasses import dataclass

from console import ROOT

CONTRACT = ROOT / "src" / "contract"
GOLDEN = CONTRACT / "golden"
TOPICS_PAGE = ROOT / "docs" / "topics.md"
EVENTS_PAGE = ROOT / "docs" / "socket-events.md"

_TOPIC = re.compile(r"inline constexpr Topic (?P<constant>k\w+)\{(?P<fields>[^}]*)\};")
_EVENT = re.compile(r"inline constexpr std::string_view (?P<constant>k\w+)\s*=\s*\"(?P<name>[^\"]+)\";")


@dataclass
class TopicRow:
    what: str      # "C1", "E4"
    key: str
    way: str       # who publishes it -> who reads it
    trigger: str
    golden: tuple  # files with its payload


TOPICS = {
    "weather.service.command.fetch": TopicRow(
        "C1", "the asking socket's id", "gateway -> weather service",
        "a client says where it is, unless the weather is known or was asked for just now; once an hour while a city's room "
        "has members", ("weather_fetch_command",)),
    "crypto.service.command.topmovers.refresh": TopicRow(
        "C2", "`cryptotopmovers`", "gateway -> crypto service",
        "start of a gateway; a request that finds nothing", ("refresh_command",)),
    "crypto.service.command.topcoins.refresh": TopicRow(
        "C3", "`cryptotopcoins`", "gateway -> crypto service",
        "start of a gateway; a request that finds nothing", ("refresh_command",)),
    "stock.service.command.topperformers.refresh": TopicRow(
        "C4", "`stocktopperformers`", "gateway -> stock service",
        "start of a gateway; a request that finds nothing", ("refresh_command",)),
    "news.service.command.refresh": TopicRow(
        "C5", "`topglobalnews`", "gateway -> news service",
        "start of a gateway; a request that finds nothing", ("refresh_command",)),
    "weather.service.event.updated": TopicRow(
        "E1", "none", "weather service -> every gateway", "the answer to each C1, success or not; what a city missed, "
        "once its source is back", ("weather_event", "weather_unavailable")),
    "crypto.movers.event.updated": TopicRow(
        "E2", "none", "crypto service -> every gateway", "every `crypto.movers_interval` (90 s); C2", ("movers_event",)),
    "crypto.topcoins.event.updated": TopicRow(
        "E3", "none", "crypto service -> every gateway", "every `crypto.top_coins_interval` (90 s); C3",
        ("top_coins_event",)),
    "crypto.ticker.event.updated": TopicRow(
        "E4", "`product_id`", "crypto service -> every gateway", "every `crypto.flush_interval` (1 s), one record per product "
        "that moved", ("ticker_event",)),
    "stock.service.event.updated": TopicRow(
        "E5", "none", "stock service -> every gateway", "every `stock.interval` (120 s); C4", ("stock_event",)),
    "news.service.event.updated": TopicRow(
        "E6", "`globalnews`", "news service -> every gateway", "start; every `news.interval` (8 min); C5", ("news_event",)),
    "platform.service.event.updated": TopicRow(
        "status", "the domain", "each service -> every gateway", "on change, and every 30 s",
        ("service_status", "service_status_live")),
    "flux.gateways": TopicRow(
        "gateways", "the gateway's id", "each gateway -> each gateway", "every few seconds; on Kafka only",
        ("gateway_claim",)),
}


@dataclass
class EventRow:
    way: str      # "client" or "server"
    to: str       # room, or the socket
    when: str
    golden: tuple = ()


EVENTS = {
    "userLocationUpdate": EventRow(
        "client", "-", "the page knows where its visitor is; joins `weather.{city}.{country}`, `crypto.global`, `news.global` and "
        "`stock.global`, and is given what each has", ("user_location_update",)),
    "getUserId": EventRow("client", "-", "clients of the older contract; answered by `userUniqueId`"),
    "cryptoTopMoversRequest": EventRow("client", "-", "the movers card appears; no argument"),
    "cryptoTopCoinsRequest": EventRow("client", "-", "the price table appears; no argument"),
    "stockTopPerformersRequest": EventRow("client", "-", "the stock card appears; no argument"),
    "topNewsRequest": EventRow("client", "-", "the news card appears; no argument"),
    "session:init": EventRow("server", "the socket", "after every CONNECT, a recovered one too, before anything else",
                             ("session_init",)),
    "userUniqueId": EventRow("server", "the socket", "the answer to `getUserId`: the id as text"),
    "cryptoTickerResponse": EventRow("server", "`crypto.global`", "each E4; on a join, the newest of each product",
                                     ("crypto_ticker_response",)),
    "cryptoTopMoversResponse": EventRow("server", "`crypto.global`, or who asked", "each E2; a join; the request",
                                        ("crypto_top_movers_response",)),
    "cryptoTopCoinsResponse": EventRow("server", "`crypto.global`, or who asked", "each E3; a join; the request",
                                       ("crypto_top_coins_response",)),
    "stockTopPerformersResponse": EventRow("server", "`stock.global`, or who asked", "each E5; a join; the request",
                                           ("stock_top_performers_response",)),
    "newsUpdate": EventRow("server", "`news.global`, or who asked", "each E6; a join; the request", ("news_update",)),
    "serviceStatus": EventRow("server", "everybody", "each status of a domain; after `session:init`, the newest of each",
                              ("service_status",)),
    "weatherError": EventRow("server", "`no_city`: who asked; else the city's room", "an E1 that says `unavailable`",
                             ("weather_error",)),
    "weatherLoading": EventRow("server", "the socket", "its city's weather is not there yet, but asked for: `status`, "
                               "`message`, `city`, `country`"),
    "requestError": EventRow("server", "the socket", "a client event was refused, and had no acknowledgement to say so",
                             ("request_error",)),
}

# The one event whose name is made of data; no other may look like it.
_WEATHER = ("weather.{city}.update",
            EventRow("server", "`weather.{folded city}.{country}`", "each E1 with weather; a join", ("weather_update",)))


def topics():
    """{name: {"partitions", "durable", "embedded", "group"}} of topics.h, in the order of kTopics."""
    source = (CONTRACT / "topics.h").read_text()
    by_constant = {}
    for found in _TOPIC.finditer(source):
        fields = dict(re.findall(r"\.(\w+)\s*=\s*\"?([\w.-]+)\"?", found["fields"]))
        by_constant[found["constant"]] = fields
    listed = re.search(r"kTopics\{(.*?)\};", source, re.DOTALL)
    order = re.findall(r"k\w+", listed[1])
    if set(order) != set(by_constant):
        raise ValueError(f"topics.h: kTopics and the constants differ: {set(order) ^ set(by_constant)}")
    return {by_constant[constant]["name"]: by_constant[constant] for constant in order}


def events():
    """The names of events.h, in its order."""
    source = (CONTRACT / "events.h").read_text()
    return [found["name"] for found in _EVENT.finditer(source)]


def _same(what, code, rows):
    missing, gone = set(code) - set(rows), set(rows) - set(code)
    if missing or gone:
        raise ValueError(f"tools/dev/contract_doc.py: {what} without a row: {sorted(missing)}; rows of none: {sorted(gone)}")


def _example(name):
    """A golden file, a line per member, as people read it."""
    value = json.loads((GOLDEN / f"{name}.json").read_text())
    return f"```json\n{json.dumps(value, ensure_ascii=False, indent=1)}\n```\n"


def topics_page():
    code = topics()
    _same("topics", code, TOPICS)
    lines = ["# Topics", "",
             "Written by `./dev docs` from `src/contract/topics.h` and `src/contract/golden/`; a test compares.", "",
             "Commands say what is wanted, events what is so; each event is a whole snapshot, so that who missed some needs only the "
             "newest. Values are UTF-8 JSON. Delivery is at least once. Gateways read every partition each; instances of a service "
             "share the commands of their domain. What the payloads mean, field by field: the headers beside `topics.h`.", "",
             "| | topic | partitions | key | who -> who | when |", "|---|---|---|---|---|---|"]
    for name, fields in code.items():
        row = TOPICS[name]
        durable = ", durable" if fields.get("durable") == "true" else ""
        way = f"{row.way} (`{fields['group']}`)" if "group" in fields else row.way
        lines.append(f"| {row.what} | `{name}` | {fields.get('partitions', '1')}{durable} | {row.key} | {way} | {row.trigger} |")
    lines += ["", "## Payloads", ""]
    shown = set()
    for name in code:
        row = TOPICS[name]
        lines += [f"### {row.what} `{name}`", ""]
        for golden in row.golden:
            if golden in shown:
                lines += [f"As `{golden}.json` above.", ""]
                continue
            shown.add(golden)
            lines += [f"`golden/{golden}.json`:", "", _example(golden)]
    return "\n".join(lines).rstrip() + "\n"


def events_page():
    code = events()
    _same("events", code, EVENTS)
    rows = {name: EVENTS[name] for name in code}
    rows[_WEATHER[0]] = _WEATHER[1]
    lines = ["# Socket events", "",
             "Written by `./dev docs` from `src/contract/events.h` and `src/contract/golden/`; a test compares.", "",
             "Socket.IO on `/socket.io`, namespace `/`; the handshake's `auth` may hold `{guestId}`, a pseudonym. How the bytes go is "
             "`protocol.md`. A reply or push has `status`: `success`, `loading` (with a `message`), or `error` with `error` (a name "
             "programs can rely on), `message` (for people) and, where known, `retryAt` (ms). Routes of a configuration add events of "
             "their own (`routes.md`).", "",
             "| event | to | when |", "|---|---|---|"]
    for way, title in (("client", "**from the client**"), ("server", "**to the client**")):
        lines.append(f"| {title} | | |")
        lines += [f"| `{name}` | {row.to} | {row.when} |" for name, row in rows.items() if row.way == way]
    lines += ["", "## Payloads", ""]
    for name, row in rows.items():
        if not row.golden:
            continue
        lines += [f"### `{name}`", ""]
        for golden in row.golden:
            lines += [f"`golden/{golden}.json`:", "", _example(golden)]
    lines += ["### Answers of every request", ""]
    for golden in ("loading_reply", "error_reply"):
        lines += [f"`golden/{golden}.json`:", "", _example(golden)]
    return "\n".join(lines).rstrip() + "\n"
