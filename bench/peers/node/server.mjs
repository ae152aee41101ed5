// The official server as its documentation sets it up, default options, nothing else in the process.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { connect, serve } from "../contract.mjs";

const http = createServer();
const io = new Server(http);

const redis = process.env.REDIS_PORT;
if (redis) await connect(io, redis, await import("redis"), await import("@socket.io/redis-adapter"));

serve(io);

http.listen(Number(process.argv[2]), "127.0.0.1");
