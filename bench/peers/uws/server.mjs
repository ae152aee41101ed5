// The official server on uWebSockets.js as its documentation sets it up, default options, nothing else in the process.
import { App } from "@btc-vision/uwebsockets.js";
import { Server } from "socket.io";
import { connect, serve } from "../contract.mjs";

const app = App();
const io = new Server();
io.attachApp(app);

const redis = process.env.REDIS_PORT;
if (redis) await connect(io, redis, await import("redis"), await import("@socket.io/redis-adapter"));

serve(io);

app.listen("127.0.0.1", Number(process.argv[2]), (listening) => {
  if (!listening) process.exit(1);
});
