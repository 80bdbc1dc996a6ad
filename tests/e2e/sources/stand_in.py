"""All six outside sources over TLS, each below a path of its own, answering with one fixed body each and writing down
every request to the letter."""

import asyncio
import json
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

WEATHER = {"coord": {"lon": 73.8553, "lat": 18.5196}, "weather": [{"id": 802, "main": "Clouds",
           "description": "scattered clouds", "icon": "03d"}], "base": "stations",
           "main": {"temp": 31.42, "feels_like": 31.97, "temp_min": 31.42, "temp_max": 31.42, "pressure": 1009, "humidity": 42},
           "visibility": 6000, "wind": {"speed": 3.11, "deg": 291}, "clouds": {"all": 40}, "dt": 1773998401,
           "sys": {"country": "IN"}, "timezone": 19800, "id": 1259229, "name": "Pune", "cod": 200}
AIR = {"coord": {"lon": 73.86, "lat": 18.52}, "list": [{"dt": 1773998401, "main": {"aqi": 3}, "components": {
       "co": 412.3, "no": 0.1, "no2": 18.7, "o3": 71.0, "so2": 9.4, "pm2_5": 37.8, "pm10": 61.2, "nh3": 1.5}}]}
PLACES = [{"name": "Pune", "lat": 18.521428, "lon": 73.8544541, "country": "IN", "state": "Maharashtra"}]
PRODUCTS = [{"id": f"{coin}-USD", "base_currency": coin, "quote_currency": "USD", "status": "online", "trading_disabled": False}
            for coin in ("BTC", "ETH")]
MARKETS = [{"id": name, "symbol": symbol, "name": name.title(), "image": "https://coin-images.example/x.png",
            "current_price": 100.5, "market_cap": 1e12, "market_cap_rank": rank, "total_volume": 1e9, "high_24h": 101,
            "low_24h": 99, "price_change_percentage_24h": 1.5, "price_change_percentage_1h_in_currency": 0.5 - rank,
            "last_updated": "2026-03-20T09:14:41.310Z"} for rank, (name, symbol) in
           enumerate([("bitcoin", "btc"), ("ethereum", "eth")], 1)]
RATES = {"amount": 1.0, "base": "USD", "date": "2026-03-19", "rates": {"INR": 88.15}}
QUOTE = {"c": 181.2, "d": 4.75, "dp": 2.692, "h": 182.1, "l": 177.3, "o": 177.9, "pc": 176.45, "t": 1774015202}
NEWS = {"status": "success", "totalResults": 1, "results": [{"article_id": "c0ffee", "link": "https://news.example/bridge",
        "title": "Harbour bridge reopens", "description": None, "source_id": "exampledaily",
        "pubDate": "2026-03-20 08:55:00", "pubDateTZ": "UTC"}], "nextPage": None}

BODIES = {"/ow/geo/1.0/direct": PLACES, "/ow/data/2.5/weather": WEATHER, "/ow/data/2.5/air_pollution": AIR,
          "/cb/products": PRODUCTS, "/cg/api/v3/coins/markets": MARKETS, "/fx/v1/latest": RATES, "/fh/api/v1/quote": QUOTE,
          "/nd/api/1/latest": NEWS}


@dataclass
class Asked:
    method: str
    path: str
    query: list    # [(name, value)] in the order they were sent
    raw_query: str
    headers: dict  # lower-case names
    body: bytes
    frames: list = field(default_factory=list)  # of a WebSocket


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """A certificate authority of a test's own."""

    def __init__(self, folder, name):
        self._folder, self._name = folder, name
        self.file = folder / f"{name}.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", self.file)

    def certify(self, host):
        """A context for a server of that name."""
        stem = self._folder / f"{self._name}-{host}"
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={host}",
            "-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{stem}.key", "-out", f"{stem}.csr")
        run("openssl", "x509", "-req", "-in", f"{stem}.csr", "-CA", self.file, "-CAkey", self._folder / f"{self._name}.key",
            "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", f"{stem}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{stem}.pem", f"{stem}.key")
        return context


class StandIn:
    """Listens on a free port of localhost until the test ends."""

    def __init__(self, test, context):
        self.asked = []
        self.answers = {}  # path -> (status, headers, text), instead of BODIES
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(context,), daemon=True)
        self._thread.start()
        if not self._ready.wait(20):
            raise AssertionError("the stand-in does not listen")
        test.addCleanup(self._stop)

    def of(self, path):
        return [one for one in list(self.asked) if one.path == path]

    def _serve(self, context):
        asyncio.set_event_loop(self._loop)
        application = web.Application()
        application.router.add_route("*", "/{anything:.*}", self._answer)
        self._runner = web.AppRunner(application)
        self._loop.run_until_complete(self._runner.setup())
        site = web.TCPSite(self._runner, "localhost", 0, ssl_context=context)
        self._loop.run_until_complete(site.start())
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())

    def _stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    async def _answer(self, request):
        raw = request.raw_path.partition("?")[2]
        asked = Asked(request.method, request.path, parse_qsl(raw, keep_blank_values=True), raw,
                      {name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.asked.append(asked)
        if request.path == "/cb/feed":
            return await self._feed(request, asked)
        if request.path in self.answers:
            status, headers, text = self.answers[request.path]
            return web.Response(status=status, headers=headers, text=text)
        if request.path not in BODIES:
            return web.Response(status=404, text="{}")
        return web.json_response(BODIES[request.path])

    async def _feed(self, request, asked):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            asked.frames.append(json.loads(message.data))
            products = asked.frames[-1].get("product_ids", [])
            await socket.send_json({"type": "subscriptions", "channels": [
                {"name": name, "product_ids": products, "account_ids": None} for name in ("ticker", "heartbeat")]})
            for product in products:
                await socket.send_json({"type": "ticker", "sequence": 1, "product_id": product, "price": "70512.34",
                                        "open_24h": "71420.01", "volume_24h": "8123.4", "low_24h": "69010",
                                        "high_24h": "71240.5", "volume_30d": "241003.9", "best_bid": "70512.33",
                                        "best_ask": "70512.34", "side": "buy", "time": "2026-03-20T09:55:01.141674Z",
                                        "trade_id": 1, "last_size": "0.01"})
        return socket
