// The reference server under the load of ./dev bench: everybody in one room, `pub` goes to all of it as `tick`.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
// Its own threshold when it is turned on, 1,024 bytes.
const perMessageDeflate = process.argv.includes("compression");
const io = new Server(http, { perMessageDeflate, serveClient: false });

io.on("connection", (socket) => {
  socket.join("bench");
  socket.on("pub", (payload) => io.to("bench").emit("tick", payload));
});

http.listen(0, "127.0.0.1", () => console.log(`PORT ${http.address().port}`));
