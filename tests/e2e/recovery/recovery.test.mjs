// Official clients that lose their connections, beside a witness that never does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { io } from "socket.io-client";

import { Flux } from "./flux.mjs";

const DEADLINE_MS = 60_000;

const toml = `
[[topic]]
name = "shop.orders"
partitions = 3

[[topic]]
name = "shop.levels"

[[topic]]
name = "shop.words"

[[route]]
name = "orders"
topic = "shop.orders"
room = "orders.{region}"
event = "order"
recovery = "replay"

[[route]]
name = "levels"
topic = "shop.levels"
room = "orders.{region}"
event = "level"
snapshot = "latest"
conflate_by = "{region}/{sku}"

[[route]]
name = "words"
topic = "shop.words"
room = "words"
event = "word"

[[intent]]
event = "watch"
rooms = ["orders.{region}", "words"]
`;

let flux;
const clients = [];
let published = 0;

before(async () => {
  flux = await Flux.start(toml);
});

after(async () => {
  for (const client of clients) client.disconnect();
  assert.equal(await flux.stop(), 0, flux.log.slice(-4000));
});

/** An official client that opted in, whose orders and levels are kept from its first on. */
function connect(options = {}, auth = { recover: true }) {
  const client = io(flux.url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 20,
    reconnectionDelayMax: 100, auth, ...options });
  clients.push(client);
  client.orders = [];
  client.levels = new Map();
  client.greeted = 0;
  client.connects = [];
  client.on("connect", () => client.connects.push({ sid: client.id, recovered: client.recovered }));
  client.on("session:init", () => client.greeted++);
  client.on("order", (order) => client.orders.push(order.n));
  client.on("level", (level) => client.levels.set(`${level.region}/${level.sku}`, level.v));
  client.onAny(() => client.whenSeen?.());
  return client;
}

/** Waits until `condition` holds; it is looked at with every event and now and then. */
function until(condition, what) {
  return new Promise((resolve, reject) => {
    const end = Date.now() + DEADLINE_MS;
    const look = () => {
      const result = condition();
      if (result) return resolve(result);
      if (Date.now() > end) return reject(new Error(`${what()} (in time)`));
      setTimeout(look, 5);
    };
    look();
  });
}

async function watching(region, options, auth) {
  const client = connect(options, auth);
  await until(() => client.greeted > 0, () => "no greeting");
  const reply = await client.emitWithAck("watch", { region });
  assert.equal(reply.status, "success");
  client.region = region;
  return client;
}

const order = (region) => {
  published++;
  return flux.produce("shop.orders", `k${published}`, { region, n: published });
};
const level = (region, sku, v) => flux.produce("shop.levels", `${region}-${sku}`, { region, sku, v });

/** The TCP connection is gone without a word: neither side said goodbye. */
const cut = (client) => client.io.engine.transport.ws?.terminate() ?? client.io.engine.transport.close();

const reconnected = (client, times) =>
  until(() => client.connects.length >= times, () => `${client.connects.length} of ${times} connects`);

// REC-05, REC-18: every client is cut many times while records flow.
test("cut at any moment, nothing is lost or doubled, and every snapshot is the newest", async () => {
  const regions = ["eu", "us", "asia"];
  const witnesses = new Map();
  for (const region of regions) witnesses.set(region, await watching(region));
  const victims = [];
  for (let i = 0; i < 30; i++) {
    victims.push(await watching(regions[i % 3], i % 5 === 4 ? { transports: ["polling", "websocket"] } : {}));
  }
  for (let round = 0; round < 8; round++) {
    const sent = [];
    for (let i = 0; i < 30; i++) {
      sent.push(order(regions[i % 3]), level(regions[i % 3], i % 4, round * 100 + i));
      // Fifteen a round, each in some round, some while they are coming back.
      if (i % 2 === 0) cut(victims[(i * 7 + round * 11) % 30]);
      if (i % 5 === 4) await sent[sent.length - 1];
    }
    await Promise.all(sent);
  }
  for (const client of victims) {
    const witness = witnesses.get(client.region);
    await until(() => witness.orders.length === 80, () => `the witness has ${witness.orders.length} of 80`);
    await until(() => client.orders.length >= 80, () => `a client has ${client.orders.length} of 80`);
    assert.deepEqual(client.orders, witness.orders);
    await until(() => JSON.stringify([...client.levels].sort()) === JSON.stringify([...witness.levels].sort()),
      () => `levels ${JSON.stringify([...client.levels])}`);
    assert.ok(client.connects.length > 1, "it was never cut");
    for (const again of client.connects.slice(1)) assert.deepEqual(again, { sid: client.connects[0].sid, recovered: true });
    assert.equal(client.greeted, client.connects.length);
  }
  for (const witness of witnesses.values()) assert.equal(witness.connects.length, 1);
});

// REC-18
test("500 clients cut at once are all back where they were", async () => {
  const first = published;
  const witness = await watching("many");
  const victims = [];
  for (let i = 0; i < 500; i += 50) {
    victims.push(...await Promise.all(Array.from({ length: 50 }, () => watching("many"))));
  }
  await Promise.all(Array.from({ length: 5 }, () => order("many")));
  await level("many", "a", "before");
  for (const client of victims) {
    await until(() => client.orders.length === 5, () => "the first orders did not come");
  }
  for (const client of victims) cut(client);
  await Promise.all(Array.from({ length: 20 }, () => order("many")));
  await level("many", "a", "after");
  await until(() => witness.orders.length === published - first, () => "the witness is missing some");
  let recovered = 0;
  for (const client of victims) {
    await reconnected(client, 2);
    await until(() => client.orders.length >= witness.orders.length, () => `${client.orders.length} orders`);
    assert.deepEqual(client.orders, witness.orders);
    await until(() => client.levels.get("many/a") === "after", () => "an old snapshot");
    if (client.connects[1].recovered && client.connects[1].sid === client.connects[0].sid) recovered++;
  }
  assert.equal(recovered, 500);
  for (const client of victims) client.disconnect();
});

// REC-04: the reference server's fault #5538.
test("a client that got no event yet goes on as well", async () => {
  const client = await watching("silent");
  cut(client);
  await order("silent");
  await reconnected(client, 2);
  assert.equal(client.connects[1].recovered, true);
  await until(() => client.orders.length === 1, () => "the order did not come");
});

// REC-05: the reference server's fault #5419.
test("a second cut without anything in between repeats nothing", async () => {
  const client = await watching("again");
  cut(client);
  await order("again");
  await reconnected(client, 2);
  await until(() => client.orders.length === 1, () => "the order did not come");
  cut(client);
  await reconnected(client, 3);
  assert.equal(client.recovered, true);
  await order("again");
  await until(() => client.orders.length >= 2, () => "the second order did not come");
  assert.equal(new Set(client.orders).size, client.orders.length);
});

// REC-03: the reference server's fault #5539.
test("events that end in a string do not spoil the offset", async () => {
  const client = await watching("words");
  const words = [];
  client.on("word", (...args) => words.push(args));
  await order("words");
  await until(() => client.orders.length === 1, () => "the order did not come");
  await flux.produce("shop.words", "w", "just a word");
  await until(() => words.length === 1, () => "the word did not come");
  assert.deepEqual(words[0], ["just a word", null]);
  cut(client);
  await order("words");
  await reconnected(client, 2);
  assert.equal(client.connects[1].recovered, true);
  await until(() => client.orders.length === 2, () => "the missed order did not come");
});

// REC-16: the reference server's fault #5282.
test("a quiet room is not forgotten because others are busy", async () => {
  const usual = flux;
  flux = await Flux.start(toml, "--gateway.id=c", "--gateway.replay_records_max=100");
  try {
    const quiet = await watching("quiet");
    const loud = await watching("loud", { reconnection: false });
    await order("quiet");
    await until(() => quiet.orders.length === 1, () => "the order did not come");
    await order("loud");
    await until(() => loud.orders.length === 1, () => "the order did not come");
    cut(loud);
    for (let batch = 0; batch < 20; batch++) await Promise.all(Array.from({ length: 50 }, () => order("loud")));
    cut(quiet);
    await reconnected(quiet, 2);
    assert.ok((await flux.metric("gateway_replay_evicted_total")) >= 900, "the ring did not go round");
    assert.equal(quiet.connects[1].recovered, true);
    await order("quiet");
    await until(() => quiet.orders.length === 2, () => "the order did not come");
    // What the busy one missed is gone, and it is told so.
    loud.connect();
    await reconnected(loud, 2);
    assert.equal(loud.connects[1].recovered, false);
    quiet.disconnect();
    loud.disconnect();
  } finally {
    const ended = flux;
    flux = usual;
    assert.equal(await ended.stop(), 0, ended.log.slice(-4000));
  }
});

// REC-08: the reference server's fault #4880.
test("a private id that is in use: the old connection is closed first, and its late end disturbs nothing", async () => {
  const client = await watching("used", { reconnection: false });
  await order("used");
  await until(() => client.orders.length === 1, () => "the order did not come");
  const { sid } = client.connects[0];
  const ends = [];
  client.on("disconnect", (reason) => ends.push(reason));
  const taker = connect({ autoConnect: false });
  taker._pid = client._pid;
  taker._lastOffset = client._lastOffset;
  taker.connect();
  await reconnected(taker, 1);
  assert.deepEqual(taker.connects[0], { sid, recovered: true });
  await until(() => ends.length === 1, () => "the old connection is still open");
  assert.equal(ends[0], "transport close");
  await order("used");
  await until(() => taker.orders.length === 1, () => "the order did not come to who took over");
  assert.equal(client.orders.length, 1);
  // And once more, by the one that lost it.
  client.connect();
  await reconnected(client, 2);
  assert.deepEqual(client.connects[1], { sid, recovered: true });
  await until(() => client.orders.length === 2, () => "the order did not come to who took it back");
});

// REC-07: an offset of an earlier session, with the private id of this one.
test("a stale offset starts afresh", async () => {
  const client = await watching("stale");
  await order("stale");
  await until(() => client.orders.length === 1, () => "the order did not come");
  const old = client._lastOffset;
  await order("stale");
  await until(() => client.orders.length === 2, () => "the second order did not come");
  client.disconnect();
  client.connect();
  await reconnected(client, 2);
  assert.equal((await client.emitWithAck("watch", { region: "stale" })).status, "success");
  for (let n = 0; n < 3; n++) await order("stale");
  await until(() => client.orders.length === 5, () => "the orders did not come");
  client._lastOffset = old;
  cut(client);
  await reconnected(client, 3);
  assert.equal(client.connects[2].recovered, false);
  assert.notEqual(client.connects[2].sid, client.connects[1].sid);
});

// REC-09
test("who left on purpose starts afresh", async () => {
  const witness = await watching("left");
  const client = await watching("left");
  await order("left");
  await until(() => client.orders.length === 1, () => "the order did not come");
  const { sid } = client.connects[0];
  client.disconnect();
  await order("left");
  await until(() => witness.orders.length === 2, () => "the second order did not come"); // else it is none from before
  client.connect();
  await reconnected(client, 2);
  assert.equal(client.connects[1].recovered, false);
  assert.notEqual(client.connects[1].sid, sid);
  // It still brings its old offset along, which spoils nothing from here on (REC-21).
  assert.equal((await client.emitWithAck("watch", { region: "left" })).status, "success");
  cut(client);
  await order("left");
  await reconnected(client, 3);
  assert.equal(client.connects[2].recovered, true);
  await until(() => client.orders.length === 2, () => `behind the fresh start came ${client.orders}, of ${witness.orders}`);
});

// REC-07
test("forged, foreign and malformed offsets start afresh", async () => {
  for (const offset of ["forged", "", "A".repeat(250), "A".repeat(100_000), "AAAAAAAAAAAAAAAAAAAA"]) {
    const client = await watching("forged");
    const { sid } = client.connects[0];
    client._lastOffset = offset;
    cut(client);
    await reconnected(client, 2);
    assert.equal(client.connects[1].recovered, false, offset.slice(0, 30));
    assert.notEqual(client.connects[1].sid, sid);
    client.disconnect();
  }
  const client = await watching("forged");
  client._pid = "a00" + "A".repeat(22);
  cut(client);
  await reconnected(client, 2);
  assert.equal(client.connects[1].recovered, false);
  assert.ok(await flux.metric("socketio_recoveries_total", 'outcome="bad_offset"') >= 3);
  assert.ok(await flux.metric("socketio_recoveries_total", 'outcome="unknown"') >= 1);
});

// REC-01
test("who did not opt in sees no surprise", async () => {
  const client = await watching("plain", {}, {});
  const seen = [];
  client.on("order", (...args) => seen.push(args.length));
  assert.equal(client._pid, undefined);
  await order("plain");
  await until(() => seen.length === 1, () => "the order did not come");
  assert.deepEqual(seen, [1]);
  cut(client);
  await reconnected(client, 2);
  assert.ok(!client.connects[1].recovered);
});

/**
 * Whether the times are spread over the two seconds: whoever is closed with all the others is closed in a few moments. One of
 * this process that stands still for a second and hears of many at once sees half of the moments all the same.
 */
function assertSpread(closed, began) {
  const moments = new Set(closed.map(({ at }) => Math.floor((at - began) / 50)));
  assert.ok(moments.size >= 10, `closed in these moments of 50 ms: ${[...moments].sort((a, b) => a - b)}`);
}

/** A hundred clients of a gateway that ends: `whileItEnds(gateway, clients)` runs beside it. */
async function closedBySigterm(options, whileItEnds) {
  const other = await Flux.start(toml, "--gateway.id=b", "--shutdown.drain_window=2s");
  const usual = flux;
  flux = other;
  const leaving = [];
  const closed = [];
  const errors = [];
  try {
    for (let i = 0; i < 10; i++) {
      leaving.push(...await Promise.all(Array.from({ length: 10 }, () =>
        watching("leaving", { reconnectionDelay: 60_000, reconnectionDelayMax: 60_000, ...options }))));
    }
    for (const client of leaving) {
      client.on("disconnect", (reason) => closed.push({ reason, at: Date.now() }));
      client.on("connect_error", (error) => errors.push(error.message));
    }
    const hold = other.hold("shutdown.drain");
    other.signal("SIGTERM");
    await hold.reached();
    // Readiness is false first, so that a balancer sends nobody else, and only then clients are closed.
    assert.equal(await other.readyStatus(), 503);
    assert.equal(closed.length, 0);
    const began = Date.now();
    hold.release();
    await Promise.all([
      whileItEnds(other, () => closed.length === leaving.length),
      until(() => closed.length === leaving.length, () => `${closed.length} of ${leaving.length} were closed`),
    ]);
    assert.equal(await other.ended(), 0);
    for (const client of leaving) assert.equal(client.active, true, "it would not come back by itself");
    // Each was told, a poll by its numbered answer (docs/disconnects.md), and came nowhere else meanwhile.
    const told = options.transports ? "transport error" : "transport close";
    assert.deepEqual([...new Set(closed.map(({ reason }) => reason))], [told]);
    assert.deepEqual(errors, []);
    assertSpread(closed, began);
  } finally {
    flux = usual;
    for (const client of leaving) client.disconnect();
    await other.stop();
  }
}

// REC-22
test("on SIGTERM sockets are closed one after the other, and their clients come back by themselves", async () => {
  await closedBySigterm({}, async () => {});
});

// REC-22: each of them comes with a new request many times meanwhile.
test("on SIGTERM polling clients are closed one after the other too", async () => {
  await closedBySigterm({ transports: ["polling"] }, async (gateway, over) => {
    while (!over()) {
      // Near the end the gateway takes none any more.
      await gateway.produce("shop.orders", "k", { region: "leaving", n: 0 }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
