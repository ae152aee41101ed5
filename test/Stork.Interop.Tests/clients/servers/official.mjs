// node servers/official.mjs [json options]
//
// The original server, to compare with. It sends name and arguments of every event back, answers every event that asks for it, and reports
// why each socket ended; the test does the same with Stork.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { cors: { origin: "*" }, ...JSON.parse(process.argv[2] ?? "{}") });

const report = (name, data) => process.stdout.write(JSON.stringify({ report: name, ...data }) + "\n");

// By name and not with onAny, which also hears what comes after a disconnect.
const names = ["ev", "1", "1.5", "-1", "", "Connect", "connect ", "__proto__", "constructor", "toString"];

function serve(nsp) {
  nsp.on("connection", (socket) => {
    for (const name of names) {
      socket.on(name, (...args) => {
        const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
        socket.emit("name", name);
        socket.emit("echo", ...args);
        answer?.(...args);
      });
    }
    socket.on("leave", (close) => socket.disconnect(close === true));
    socket.on("burst", () => {
      socket.emit("n", 1);
      socket.volatile.emit("n", 2);
      io.volatile.emit("n", 3);
      socket.emit("n", 4);
    });
    socket.on("volatile", () => [1, 2, 3].forEach((n) => socket.volatile.emit("n", n)));
    socket.on("ask", () => socket.emit("question", (...answers) => socket.emit("answered", ...answers)));
    socket.on("disconnect", (reason) => report("ended", { tag: socket.handshake.query.tag, nsp: nsp.name, reason }));
  });
}

serve(io.of("/"));
serve(io.of("/custom"));
serve(io.of(/^\/dynamic-\d+$/));
io.of("/refusing").use((socket, next) => next(Object.assign(new Error("no"), { data: socket.handshake.auth })));

http.listen(0, "127.0.0.1", () => report("listening", { url: `http://127.0.0.1:${http.address().port}` }));
