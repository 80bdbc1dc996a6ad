// From `flux produce` and the crypto service to official clients, by configuration alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";

import { Flux, refusedStart } from "./flux.mjs";
import { RawClient } from "./raw_client.mjs";
import { Chance, randomJson } from "./random_json.mjs";

const PRODUCTS = 12;
const DEADLINE_MS = 30_000;

const chance = new Chance(process.env.SEED ? Number(process.env.SEED) : undefined);
const names = {
  topic: `${chance.word()}.${chance.word()}`,
  event: `${chance.word()}:${chance.word()}`,
  watch: `${chance.word()}:watch`,
  room: chance.word(),
  field: chance.word(),
  outer: chance.word(),
};
const toml = `
[crypto]
flush_interval = "200ms"

[[topic]]
name = "${names.topic}"

[[route]]
name = "drawn"
topic = "${names.topic}"
where = { "${names.outer}.kind" = "shown" }
room = "${names.room}.{${names.outer}.${names.field}}.{key}"
event = "${names.event}"
snapshot = "latest"
cache_key = "${names.room}:{${names.outer}.${names.field}}:{key}"

[[intent]]
event = "${names.watch}"
rooms = ["${names.room}.{region}.{number}"]
`;

let flux;
const clients = [];

before(async () => {
  console.log(`seed ${chance.seed}${toml}`);
  flux = await Flux.start(toml);
});

after(async () => {
  for (const client of clients) client.close();
  assert.equal(await flux.stop(), 0, flux.log.slice(-4000));
});

/** An official client whose events are collected from its first on. */
function connect(options = {}) {
  const client = io(flux.url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 50, ...options });
  clients.push(client);
  client.seen = [];
  client.onAny((event, ...args) => {
    client.seen.push({ event, args });
    client.whenSeen?.();
  });
  return client;
}

/** Waits until `condition` gives something truthy for the client's events so far. */
function until(client, condition, what) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not come; seen: ${
      JSON.stringify(client.seen).slice(0, 2000)}`)), DEADLINE_MS);
    client.whenSeen = () => {
      const result = condition(client.seen);
      if (!result) return;
      clearTimeout(timer);
      client.whenSeen = null;
      resolve(result);
    };
    client.whenSeen();
  });
}

const argumentsOf = (client, event, what = event) =>
  until(client, (events) => events.find((one) => one.event === event)?.args, what);

/** A payload of the drawn route for `region`, with a random rest. */
function payloadFor(region, kind = "shown") {
  return ` {"rest": ${randomJson(chance)},\n"${names.outer}":{"kind":"${kind}","${names.field}":"${region}"}, ` +
    `"big":123456789012345678901234567890,"far":1e400} `;
}

test("a route, a room template and payloads drawn at random reach official clients untouched", async () => {
  for (const transports of [["websocket"], ["polling"]]) {
    const region = chance.word();
    const number = String(chance.below(1000));
    const room = `${names.room}.${region}.${number}`;
    const official = connect({ transports });
    assert.deepEqual(await official.timeout(DEADLINE_MS).emitWithAck(names.watch, { region, number }),
      { status: "success", rooms: [room] });
    const raw = await RawClient.connect(flux.url);
    raw.send(`420${JSON.stringify([names.watch, { region, number: Number(number) }])}`);
    await raw.next((text) => text === `430[{"status":"success","rooms":["${room}"]}]`);

    const payload = payloadFor(region);
    await flux.produce(names.topic, number, payloadFor(region, "hidden"));
    await flux.produce(names.topic, `${number}0`, payloadFor(region));
    await flux.produce(names.topic, number, "{not json}");
    await flux.produce(names.topic, number, payload);

    const first = await raw.next((text) => text.startsWith("42["));
    assert.equal(first, `42[${JSON.stringify(names.event)},${payload}]`, `seed ${chance.seed}`);
    const args = await argumentsOf(official, names.event);
    assert.deepEqual(args, [JSON.parse(payload)], `seed ${chance.seed}`);
    raw.close();
  }
});

test("who joins late, or comes back, gets the newest without a new record", async () => {
  const region = chance.word();
  const older = payloadFor(region);
  const newest = payloadFor(region);
  await flux.produce(names.topic, "7", older);
  await flux.produce(names.topic, "7", newest);
  const client = connect();
  client.on("connect", () => client.emit(names.watch, { region, number: 7 }));
  assert.deepEqual(await argumentsOf(client, names.event), [JSON.parse(newest)]);

  client.seen.length = 0;
  client.io.engine.close(); // the line breaks; the client comes back by itself
  await argumentsOf(client, "session:init", "session:init after the reconnect");
  assert.deepEqual(await argumentsOf(client, names.event, "hydration after the reconnect"), [JSON.parse(newest)]);
  assert.equal(client.seen[0].event, "session:init"); // before anything else
});

/** The products of the ticker events so far, in order. */
const productsOf = (events) => events.filter((one) => one.event === "cryptoTickerResponse")
  .map((one) => one.args[0].data.data.product_id);

test("live prices follow userLocationUpdate, and a new client has all of them at once", async () => {
  const guestId = "5b0c6c0e-6f0a-4d1e-9a51-3f1e7c2b90aa";
  const client = connect({ auth: { guestId } });
  const [init] = await argumentsOf(client, "session:init");
  assert.equal(init.userId, guestId);
  assert.equal(init.userType, "guest");
  assert.deepEqual(init.simulated, ["weather", "crypto", "stock", "news"]);
  assert.ok(Math.abs(init.serverTime - Date.now()) < 60_000);

  client.emit("userLocationUpdate", { city: "Pune", region: "MH", country: "IN", lat: "18.5", lon: 73.8, ip: "0.0.0.0" });
  await until(client, (events) => new Set(productsOf(events)).size === PRODUCTS, "a price of every product");
  for (const { event, args } of client.seen) {
    if (event !== "cryptoTickerResponse") continue;
    assert.equal(args.length, 1);
    const [{ status, data, error }] = args;
    assert.equal(status, "success");
    assert.equal(error, null);
    assert.equal(data.source, "coinbase");
    assert.equal(typeof data.ts, "number");
    assert.equal(data.data.type, "ticker");
    for (const field of ["price", "volume_24_h", "low_24_h", "high_24_h", "price_percent_chg_24_h"]) {
      assert.equal(typeof data.data[field], "string", field);
      assert.ok(Number.isFinite(Number(data.data[field])), `${field} ${data.data[field]}`);
    }
  }
  await until(client, (events) => productsOf(events).length >= 3 * PRODUCTS, "prices that go on");

  const late = connect();
  await late.timeout(DEADLINE_MS).emitWithAck("userLocationUpdate", undefined);
  const products = await until(late, (events) => {
    const seen = productsOf(events);
    return seen.length >= PRODUCTS && seen;
  }, "hydration");
  assert.equal(new Set(products.slice(0, PRODUCTS)).size, PRODUCTS, products.join());
});

test("odd client events are answered and break nothing", async () => {
  const client = connect();
  const ask = (...args) => client.timeout(DEADLINE_MS).emitWithAck(...args);
  for (const argument of [undefined, null, {}, [], 7, "x", { city: 5 }, { city: "x".repeat(200) }, { city: "\u0000" }]) {
    const answer = await ask("userLocationUpdate", argument);
    assert.equal(answer.status, "success");
    assert.ok(answer.rooms.includes("crypto.global"));
  }
  const errors = client.seen.filter((one) => one.event === "weatherError").map((one) => one.args[0]);
  assert.deepEqual(errors.map(({ status, error }) => [status, error]), Array(3).fill(["error", "bad_request"]));
  const refused = await ask(names.watch, { region: "a\u0000b", number: 1 });
  assert.equal(refused.error, "bad_request");
  assert.match(refused.message, /region/);
  assert.equal((await ask("no:such:request")).status, "error");
  assert.match(await ask("getUserId"), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
});

test("a mistake in a route refuses the start, with its line and the nearest field", async () => {
  const { code, stderr } = await refusedStart('[[route]]\nname = "a"\ntopic = "t"\nroom = "r.{x"\nevnt = "e"\n');
  assert.notEqual(code, 0);
  assert.match(stderr, /flux\.toml:5: .*evnt.*did you mean event\?/);
  assert.match(stderr, /flux\.toml:4: .*'\{x' is not closed/);
  assert.match(stderr, /event of a \[\[route\]\] is missing/);
});
