// node servers/recovering.mjs
//
// The original server with connection state recovery, doing what the conformance host does in the role "recovery".

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (!url.pathname.startsWith("/emit/")) return;
  const room = url.searchParams.get("room");
  (room === null ? io : io.to(room)).emit(url.pathname.slice("/emit/".length), Number(url.searchParams.get("value")));
  response.end("ok");
});
const io = new Server(http, { connectionStateRecovery: {} });

io.on("connection", (socket) => {
  socket.on("join", (room, done) => {
    socket.join(room);
    done();
  });
});

http.listen(0, "127.0.0.1", () => {
  process.stdout.write(JSON.stringify({ report: "listening", url: `http://127.0.0.1:${http.address().port}` }) + "\n");
});
