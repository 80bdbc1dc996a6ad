// A few official clients among thousands of visitors: node witness.mjs URL CLIENTS CITIES STAY_SECONDS
//
// Each asks for everything and travels between the cities of the file (lines of `city,ISO`) until standard input ends. Then it
// prints one line of JSON: of each client, how often it heard what, and for each location in turn what it heard of the weather:
// "weather", "loading", "limit until a time", or whatever else it was.
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";

const [url, count, file, staySeconds] = process.argv.slice(2);
const cities = readFileSync(file, "utf8").trim().split("\n").map((line) => line.split(","));
const REQUESTS = ["cryptoTopMoversRequest", "cryptoTopCoinsRequest", "stockTopPerformersRequest", "topNewsRequest"];

class Witness {
  events = {};
  journey = []; // [{city, heard}]
  #taken = false; // what comes now is about the last city of the journey

  constructor() {
    this.socket = io(url, { forceNew: true });
    this.socket.onAny((event, payload) => this.#heard(event, payload));
    this.socket.on("session:init", () => {
      for (const request of REQUESTS) this.socket.emit(request);
      this.#travel();
    });
  }

  #travel() {
    const [city, country] = cities[Math.floor(Math.random() * cities.length)];
    this.#taken = false;
    this.journey.push({ city, heard: [] });
    this.socket.emit("userLocationUpdate", { city, region: "", country, lat: 0, lon: 0 }, () => (this.#taken = true));
  }

  #heard(event, payload) {
    const what = event === "serviceStatus" ? `${event} ${payload.domain}`
      : event === "cryptoTickerResponse" ? `${event} ${payload.data?.data?.product_id}`
        : /^weather\..+\.update$/.test(event) ? "weather" : event;
    this.events[what] = (this.events[what] ?? 0) + 1;
    if (!this.#taken || !/^weather/.test(what)) return;
    const here = this.journey.at(-1);
    const answered = here.heard.some((one) => one !== "loading");
    here.heard.push(this.#judge(what, event, payload, here.city));
    const over = here.heard.some((one) => one !== "loading");
    if (over && !answered) this.pause = setTimeout(() => this.#travel(), 1000 * staySeconds);
  }

  #judge(what, event, payload, city) {
    const named = what === "weather" ? event.slice("weather.".length, -".update".length) : payload.city;
    if (named.toLowerCase() !== city.toLowerCase()) return `of ${named}: ${event}`;
    if (what === "weather") return payload.status === "success" ? "weather" : JSON.stringify(payload);
    if (what === "weatherLoading") return payload.status;
    return payload.error === "limit" && payload.retryAt > 0 ? "limit until a time" : JSON.stringify(payload);
  }
}

const witnesses = Array.from({ length: Number(count) }, () => new Witness());
process.stdin.resume().on("end", () => {
  console.log(JSON.stringify(witnesses.map(({ events, journey }) => ({ events, journey }))));
  for (const { socket, pause } of witnesses) {
    clearTimeout(pause);
    socket.close();
  }
});
