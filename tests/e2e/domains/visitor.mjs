// A page of the reference, as far as the wire goes: what it asks, and what it hears.
import { io } from "socket.io-client";

import { ReferencePage } from "./reference_page.mjs";

/** The events of the platform, by what an official client hears of them. */
export const HEARD = {
  E1: (event, payload) => /^weather\..+\.update$/.test(event) && payload.status === "success",
  E2: (event, payload) => event === "cryptoTopMoversResponse" && payload.data?.topGainers?.data?.length > 0,
  E3: (event, payload) => event === "cryptoTopCoinsResponse" && payload.data?.topCoins?.length > 0,
  E4: (event, payload) => event === "cryptoTickerResponse" && payload.data?.data?.type === "ticker",
  E5: (event, payload) => event === "stockTopPerformersResponse" && payload.data?.topGainers?.length > 0,
  E6: (event, payload) => event === "newsUpdate" && payload.data?.length > 0,
};

const CITIES = [["Pune", "IN"], ["Paris", "FR"], ["Tokyo", "JP"], ["Oslo", "NO"], ["Lima", "PE"], ["Cairo", "EG"]];

export class Visitor {
  #client;
  #travels;
  #city = 0;
  page = new ReferencePage();
  heard = []; // {event, payload, at}: at in ms of performance.now()

  /** Connects, asks for everything, and says where it is. */
  constructor(url) {
    this.#client = io(url, { transports: ["websocket"], forceNew: true, auth: { guestId: `visitor-${process.pid}` } });
    this.#client.onAny((event, payload) => {
      this.heard.push({ event, payload, at: performance.now() });
      this.page.take(event, payload);
    });
    this.#client.on("session:init", () => {
      for (const request of ["cryptoTopMoversRequest", "cryptoTopCoinsRequest", "stockTopPerformersRequest",
        "topNewsRequest"]) this.#client.emit(request);
      this.travel();
    });
  }

  /** To the next city. */
  travel() {
    const [city, country] = CITIES[this.#city++ % CITIES.length];
    this.#client.emit("userLocationUpdate", { city, region: "", country, lat: 0, lon: 0, ip: "203.0.113.24" });
  }

  /** To the next city, again and again, until it is closed. */
  keepTravelling(everyMs) {
    this.#travels = setInterval(() => this.travel(), everyMs);
  }

  /** The first of an event (E1 to E6) after `since`, or undefined. */
  first(what, since = 0) {
    return this.heard.find(({ event, payload, at }) => at > since && payload && HEARD[what](event, payload));
  }

  /** The newest state of a domain. */
  status(domain) {
    return this.heard.filter(({ event, payload }) => event === "serviceStatus" && payload.domain === domain)
      .at(-1)?.payload;
  }

  get init() {
    return this.heard.find(({ event }) => event === "session:init")?.payload;
  }

  /** Waits until `condition` gives something truthy; fails with `what` after `seconds`. */
  async until(what, condition, seconds) {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const answer = condition();
      if (answer) return answer;
      if (performance.now() > deadline) {
        const newest = this.heard.slice(-20).map(({ event, payload }) => `${event} ${JSON.stringify(payload)?.slice(0, 160)}`);
        throw new Error(`waited ${seconds} s in vain until ${what}; heard last:\n${newest.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10)); // between two looks
    }
  }

  close() {
    clearInterval(this.#travels);
    this.#client.close();
  }
}
