// The official server on Bun's engine as the engine's documentation sets it up, default options, nothing else in the process.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);

io.on("connection", (socket) => {
  socket.on("echo", (text, acknowledge) => acknowledge(text));
  socket.on("binary", (bytes, acknowledge) => acknowledge(bytes));
  socket.on("publish", (text) => io.emit("news", text));
});

Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), ...engine.handler() });
