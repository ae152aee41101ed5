// The official server as its documentation sets it up, default options, nothing else in the process.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { serve } from "../contract.mjs";

const http = createServer();
const io = new Server(http);

serve(io);

http.listen(Number(process.argv[2]), "127.0.0.1");
