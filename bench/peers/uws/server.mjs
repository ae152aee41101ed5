// The official server on uWebSockets.js as its documentation sets it up, default options, nothing else in the process.
import { App } from "@btc-vision/uwebsockets.js";
import { Server } from "socket.io";

const app = App();
const io = new Server();
io.attachApp(app);

io.on("connection", (socket) => {
  socket.on("echo", (text, acknowledge) => acknowledge(text));
  socket.on("binary", (bytes, acknowledge) => acknowledge(bytes));
  socket.on("publish", (text) => io.emit("news", text));
});

app.listen("127.0.0.1", Number(process.argv[2]), (listening) => {
  if (!listening) process.exit(1);
});
