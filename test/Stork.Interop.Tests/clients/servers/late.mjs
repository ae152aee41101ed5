// node servers/late.mjs <port> <name>
//
// The original server. It sends every client one event with a callback, and reports when the callback is called.

import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, name] = process.argv.slice(2);
const http = createServer();
const report = (what, data = {}) => process.stdout.write(JSON.stringify({ report: what, ...data }) + "\n");
new Server(http).on("connection", (socket) => socket.emit("produce", "42", name, () => report("settled", { name })));
http.listen(Number(port), "127.0.0.1", () => report("listening", { port: http.address().port }));
