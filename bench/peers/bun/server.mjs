// The official server on Bun's engine as the engine's documentation sets it up, default options, nothing else in the process.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { connect, serve } from "../contract.mjs";

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);

const redis = process.env.REDIS_PORT;
if (redis) await connect(io, redis, await import("redis"), await import("@socket.io/redis-adapter"));

serve(io);

Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), ...engine.handler() });
