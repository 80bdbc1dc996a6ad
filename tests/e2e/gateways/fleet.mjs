// A fleet of official Socket.IO clients, driven by lines of JSON on standard input. Every answer is a line of JSON.
//
//   {"do":"open","group":G,"url":U,"count":N,"rooms":R,"options":{...}}   opens N clients; answers at once
//   {"do":"report"}                                                       answers what every client is and has heard
//   {"do":"forget"}                                                       starts the lists of what was heard anew
//   {"do":"close","group":G}                                              closes a group
//
// Client number i of a group joins the rooms i and i + 1 (modulo R). An event "item" carries {"room","key","seq"}.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const groups = new Map();

class Client {
  heard = []; // [key, seq] in the order they came
  connects = 0;
  errors = [];

  constructor(url, rooms, options) {
    this.rooms = rooms;
    this.socket = io(url, { forceNew: true, reconnectionDelay: 200, reconnectionDelayMax: 1000, timeout: 10_000, ...options });
    this.socket.on("connect", () => {
      this.connects += 1;
      this.#join().catch((error) => this.errors.push(error.message));
    });
    this.socket.on("connect_error", (error) => this.errors.push(error.message));
    this.socket.on("item", (item) => this.heard.push([item.key, item.seq]));
  }

  async #join() {
    this.ready = false;
    for (const room of this.rooms) await this.socket.emitWithAck("watch", { room: String(room) });
    this.ready = true;
  }

  /** The gateway its session lives at: the first character of the Engine.IO id. */
  report() {
    const engine = this.socket.io.engine;
    return {
      connected: this.socket.connected, ready: this.ready === true, gateway: engine?.id?.[0] ?? "", sid: engine?.id ?? "",
      transport: engine?.transport?.name ?? "", connects: this.connects, rooms: this.rooms, heard: this.heard, errors: this.errors,
    };
  }
}

function open({ group, url, count, rooms, options }) {
  const clients = Array.from({ length: count }, (_, i) => new Client(url, [i % rooms, (i + 1) % rooms], options));
  groups.set(group, [...(groups.get(group) ?? []), ...clients]);
  return {};
}

function report() {
  return Object.fromEntries([...groups].map(([name, clients]) => [name, clients.map((client) => client.report())]));
}

function forget() {
  for (const clients of groups.values()) for (const client of clients) client.heard = [];
  return {};
}

function close({ group }) {
  for (const client of groups.get(group) ?? []) client.socket.disconnect();
  groups.delete(group);
  return {};
}

const work = { open, report, forget, close };
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(work[asked.do](asked))}\n`);
});
lines.on("close", () => process.exit(0));
