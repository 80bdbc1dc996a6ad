// The npm package `ws` as an echo server.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data, binary) => socket.send(data, { binary }));
  socket.on("error", () => {}); // it closes by itself, with its code
});
server.on("listening", () => console.log(`PORT ${server.address().port}`));
