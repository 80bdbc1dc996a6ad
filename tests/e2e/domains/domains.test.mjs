// `flux up` with the simulator and an official client: every domain is alive, and none takes another down with it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Flux } from "../gateway/flux.mjs";
import { HEARD, Visitor } from "./visitor.mjs";

const EVENTS = Object.keys(HEARD);
const DOMAINS = ["weather", "crypto", "stock", "news"];

// Everything afresh every few seconds, so that a source that is gone is missed soon.
const QUICK = `
[crypto]
movers_interval = "1s"
top_coins_interval = "1s"
top_coins_rebuild = "1s"
markets_max_age = "500ms"
[coingecko]
calls_per_minute = 10000
[stock]
interval = "2s"
calls_per_minute = 100000
symbols = ["AAPL", "MSFT", "NVDA", "KO"]
[news]
interval = "1s"
cache_time = "1s"
credits_per_day = 100000
credits_per_quarter_hour = 100000
[weather]
current_fresh = "1s"
calls_per_minute = 100000
[gateway]
weather_freshness = "500ms"
cities_per_second = 100
cities_burst = 1000
address_cities_per_second = 100
address_cities_burst = 1000
total_cities_per_second = 100
total_cities_burst = 1000
`;

// What comes from each source, and whose state it is.
const SOURCES = {
  openweather: { domain: "weather", gives: ["E1"] },
  coinbase: { domain: "crypto", gives: ["E3", "E4"] },
  coingecko: { domain: "crypto", gives: ["E2", "E3"] },
  frankfurter: { domain: "crypto", gives: ["E3"] },
  finnhub: { domain: "stock", gives: ["E5"] },
  newsdata: { domain: "news", gives: ["E6"] },
};

/** A Flux and a visitor, for as long as `body` takes. */
async function visiting(toml, body) {
  const flux = await Flux.start(toml);
  const visitor = new Visitor(flux.url);
  try {
    await body(flux, visitor);
    visitor.page.check();
  } finally {
    visitor.close();
    assert.equal(await flux.stop(), 0, flux.log.slice(-4000));
  }
}

/** The simulator's address, from the log. */
function simulatorOf(flux) {
  const line = flux.log.split("\n").find((text) => text.includes('"listener":"simulator"'));
  assert.ok(line, `no line of the log says where the simulator is:\n${flux.log.slice(0, 4000)}`);
  return `http://127.0.0.1:${JSON.parse(line).port}`;
}

async function allow(simulator, source, rule) {
  const answer = await fetch(`${simulator}/_simulator/limits`,
    { method: "POST", body: JSON.stringify({ source, rule, most: 0 }) });
  assert.equal(answer.status, 200, await answer.text());
}

async function breakDown(simulator, source) {
  const answer = await fetch(`${simulator}/_simulator/faults`,
    { method: "POST", body: JSON.stringify({ source, fault: "down" }) });
  assert.equal(answer.status, 200, await answer.text());
}

test("every event is there within ten seconds", async () => {
  const started = performance.now();
  await visiting("", async (flux, visitor) => {
    const connected = performance.now();
    for (const what of EVENTS) {
      const { event, at } = await visitor.until(`${what} is there`, () => visitor.first(what), 10);
      console.log(`${what}  ${event}  ${Math.round(at - connected)} ms after connecting, `
        + `${Math.round(at - started)} ms after the start`);
      assert.ok(at - connected < 10_000);
    }
    for (const domain of DOMAINS) {
      const status = await visitor.until(`${domain} is live`,
        () => visitor.status(domain)?.state === "live" && visitor.status(domain), 10);
      assert.equal(status.simulated, true, domain);
    }
    assert.deepEqual(visitor.init.simulated, DOMAINS);
    assert.match(flux.log, /weather, crypto, stock and news are simulated/);
  });
});

for (const [source, { domain, gives }] of Object.entries(SOURCES)) {
  test(`without ${source} everything else goes on and the state of ${domain} says so`, async () => {
    await visiting(QUICK, async (flux, visitor) => {
      const simulator = simulatorOf(flux);
      for (const rule of ["minute", "day"]) await allow(simulator, "coingecko", rule).catch(() => {});
      visitor.keepTravelling(300);
      for (const what of EVENTS) await visitor.until(`${what} is there`, () => visitor.first(what), 30);
      for (const each of DOMAINS) {
        await visitor.until(`${each} is live`, () => visitor.status(each)?.state === "live", 30);
      }
      await breakDown(simulator, source);
      const status = await visitor.until(`the state of ${domain} says so`,
        () => visitor.status(domain)?.state !== "live" && visitor.status(domain), 40);
      assert.ok(["degraded", "down"].includes(status.state), JSON.stringify(status));
      assert.ok(status.error && status.message, JSON.stringify(status));
      const since = performance.now();
      for (const what of EVENTS.filter((each) => !gives.includes(each))) {
        const { event } = await visitor.until(`${what} goes on`, () => visitor.first(what, since), 30);
        console.log(`without ${source}: ${what} ${event} goes on`);
      }
      for (const other of DOMAINS.filter((each) => each !== domain)) {
        assert.equal(visitor.status(other).state, "live", `${other}: ${JSON.stringify(visitor.status(other))}`);
      }
    });
  });
}
