// Socket.IO over a bare WebSocket: sees the bytes that an official client would parse.
import WebSocket from "ws";

const DEADLINE_MS = 20_000;

export class RawClient {
  #socket;
  #messages = [];
  #waiting = null;

  /** Connects to the namespace "/" and reads its session:init. */
  static async connect(url) {
    const client = new RawClient();
    client.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
    client.#socket.on("message", (data, isBinary) => {
      const text = isBinary ? "(binary)" : data.toString("utf8");
      if (text === "2") return client.#socket.send("3");
      client.#messages.push(text);
      client.#waiting?.();
    });
    await client.next((text) => text.startsWith("0{"));
    client.#socket.send("40");
    await client.next((text) => text.startsWith("40{"));
    await client.next((text) => text.startsWith('42["session:init",'));
    return client;
  }

  send(packet) {
    this.#socket.send(packet);
  }

  /** The next message for which `wanted` holds; those before it are dropped. */
  next(wanted) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the message did not come in time")), DEADLINE_MS);
      this.#waiting = () => {
        while (this.#messages.length > 0) {
          const text = this.#messages.shift();
          if (!wanted(text)) continue;
          this.#waiting = null;
          clearTimeout(timer);
          return resolve(text);
        }
      };
      this.#waiting();
    });
  }

  close() {
    this.#socket.close();
  }
}
