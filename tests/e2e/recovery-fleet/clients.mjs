// Official clients that opted in to recovery, driven by lines of JSON on standard input. Every answer is a line of JSON.
//
//   {"do":"open","group":G,"urls":[U,...],"count":N,"rooms":[R,...],"each":K,"options":{...}}
//                                    opens N clients; number i joins K of the rooms, from number i on; answers at once
//   {"do":"urls","group":G,"urls":[U,...]}   where they go from now on
//   {"do":"state","group":G}         answers how many there are, how many are in their rooms, and how often they connected
//   {"do":"report"}                  answers what the groups are, in numbers, and the faults of their clients
//   {"do":"compare","group":G,"items":{ROOM:{KEY:N}},"levels":{ROOM:V}}   answers how many have all of that, and who has not
//   {"do":"leave","group":G}         disconnect() and connect()
//   {"do":"cut","group":G}           ends their connections without a word
//   {"do":"hold","group":G}          whoever loses its connection from now on stays away
//   {"do":"release","group":G}       they come back, each to its next address
//
// A client goes to the first address, and after it lost its connection to the next one with every attempt. An event "item"
// carries {"room","key","seq"}: of each key every number must come, once and in order, from 0 on. An event "level" carries
// {"room","v"} and only the newest counts. Who starts afresh joins again, and is not asked for what it missed.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const groups = new Map();
const FAULTS_MAX = 5; // kept of a client

class Client {
  next = new Map(); // of each key
  levels = new Map(); // of each room
  greetings = 0;
  connects = []; // {at, recovered, sid, gateway}
  ends = []; // {at, reason}
  faults = [];

  constructor(urls, rooms, options) {
    this.urls = urls;
    this.rooms = rooms;
    this.socket = io(urls[0], { forceNew: true, auth: { recover: true }, transports: ["websocket"], ...options });
    this.socket.io.on("reconnect_attempt", (number) => (this.socket.io.uri = this.urls[number % this.urls.length]));
    this.socket.on("connect", () => this.#connected());
    this.socket.on("disconnect", (reason) => this.#ended(reason));
    this.socket.on("session:init", () => (this.greetings += 1));
    this.socket.on("item", (item) => this.#item(item));
    this.socket.on("level", (level) => this.levels.set(level.room, level.v));
  }

  get recoveries() {
    return this.connects.slice(1).filter(({ recovered }) => recovered).length;
  }

  get fresh() {
    return this.connects.slice(1).some(({ recovered }) => !recovered);
  }

  #connected() {
    const { id, recovered } = this.socket;
    this.connects.push({ at: Date.now(), recovered, sid: id, gateway: this.socket.io.engine.id[0] });
    this.ready = recovered;
    if (recovered && id !== this.connects[0].sid) this.#fault(`it recovered, and its id is another`);
    if (!recovered) this.#join().catch((error) => this.#fault(error.message));
  }

  #ended(reason) {
    this.ends.push({ at: Date.now(), reason });
    this.ready = false;
    // "reconnect_attempt" counts from 1, so the next address of the list comes first.
    const at = Math.max(this.urls.indexOf(this.socket.io.uri), 0);
    this.urls = [...this.urls.slice(at), ...this.urls.slice(0, at)];
  }

  async #join() {
    for (const room of this.rooms) await this.socket.timeout(20_000).emitWithAck("watch", { room });
    this.ready = true;
  }

  #item({ room, key, seq }) {
    const expected = this.next.get(key) ?? 0;
    if (seq !== expected && !this.fresh) this.#fault(`in room ${room} ${key} #${seq} came instead of #${expected}`);
    this.next.set(key, seq + 1);
  }

  #fault(text) {
    if (this.faults.length < FAULTS_MAX) this.faults.push(text);
  }

  /** What is not as it should be; nothing when all is. */
  missing(items, levels) {
    for (const room of this.rooms) {
      for (const [key, next] of Object.entries(items[room] ?? {})) {
        if ((this.next.get(key) ?? 0) !== next && !this.fresh) return `${key} of room ${room}: ${this.next.get(key)} of ${next}`;
      }
      if (this.levels.get(room) !== levels[room]) return `the level of room ${room} is ${this.levels.get(room)}, not ${levels[room]}`;
    }
    return null;
  }
}

function open({ group, urls, count, rooms, each, options }) {
  const clients = Array.from({ length: count }, (_, i) => {
    const own = Array.from({ length: each }, (_, k) => rooms[(i + k) % rooms.length]);
    return new Client(urls, own, options);
  });
  groups.set(group, [...(groups.get(group) ?? []), ...clients]);
  return {};
}

/** What is waited for: cheap, because it is asked again and again. */
function state({ group }) {
  let [ready, connects] = [0, 0];
  const clients = groups.get(group);
  for (const client of clients) {
    if (client.socket.connected && client.ready) ready += 1;
    connects += client.connects.length;
  }
  return { count: clients.length, ready, connects };
}

function summary(clients) {
  const last = (list) => list[list.length - 1];
  const gateways = {};
  for (const client of clients) {
    const gateway = client.socket.connected ? last(client.connects).gateway : "none";
    gateways[gateway] = (gateways[gateway] ?? 0) + 1;
  }
  return {
    count: clients.length,
    ready: clients.filter((client) => client.socket.connected && client.ready).length,
    gateways,
    connects: clients.reduce((sum, client) => sum + client.connects.length, 0),
    recovered: clients.reduce((sum, client) => sum + client.recoveries, 0),
    fresh: clients.filter((client) => client.fresh).length,
    greetings: clients.reduce((sum, client) => sum + client.greetings, 0),
    sids: new Set(clients.filter((client) => client.connects.length > 0).map((client) => last(client.connects).sid)).size,
    reasons: [...new Set(clients.flatMap((client) => client.ends.map(({ reason }) => reason)))],
    ended_at: clients.filter(({ ends }) => ends.length > 0).map(({ ends }) => last(ends).at).sort((a, b) => a - b),
    back_at: clients.filter(({ connects }) => connects.length > 1).map(({ connects }) => last(connects).at).sort((a, b) => a - b),
    faults: clients.flatMap((client) => client.faults).slice(0, FAULTS_MAX),
  };
}

function report() {
  return Object.fromEntries([...groups].map(([name, clients]) => [name, summary(clients)]));
}

function compare({ group, items, levels }) {
  const missing = groups.get(group).map((client) => client.missing(items, levels)).filter((text) => text !== null);
  return { whole: groups.get(group).length - missing.length, missing: missing.slice(0, FAULTS_MAX) };
}

function urls({ group, urls: addresses }) {
  for (const client of groups.get(group)) client.urls = [client.socket.io.uri, ...addresses];
  return {};
}

function leave({ group }) {
  for (const { socket } of groups.get(group)) {
    socket.disconnect();
    socket.connect();
  }
  return {};
}

function cut({ group }) {
  for (const { socket } of groups.get(group)) socket.io.engine.transport.ws.terminate();
  return {};
}

function hold({ group }) {
  for (const { socket } of groups.get(group)) socket.io.reconnection(false);
  return {};
}

function release({ group }) {
  for (const client of groups.get(group)) {
    client.socket.io.reconnection(true);
    if (client.socket.connected) continue;
    client.socket.io.uri = client.urls[1 % client.urls.length];
    client.socket.connect();
  }
  return {};
}

const work = { open, state, report, compare, urls, leave, cut, hold, release };
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const asked = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(work[asked.do](asked))}\n`);
  })
  .on("close", () => process.exit(0));
