// The official server as its documentation sets it up, default options, nothing else in the process.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  socket.on("echo", (text, acknowledge) => acknowledge(text));
  socket.on("binary", (bytes, acknowledge) => acknowledge(bytes));
  socket.on("publish", (text) => io.emit("news", text));
});

http.listen(Number(process.argv[2]), "127.0.0.1");
