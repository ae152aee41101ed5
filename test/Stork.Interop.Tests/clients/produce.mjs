// node produce.mjs <url> <inbox> <name>: stores one message, or, without a name, tells which wait.

import { io } from "socket.io-client-4.8";

const [url, inbox, name] = process.argv.slice(2);
const socket = io(url, { transports: ["websocket"] });
const answer = await (name ? socket.emitWithAck("produce", inbox, name) : socket.emitWithAck("unsettled", inbox));
process.stdout.write(JSON.stringify({ report: "answered", answer }) + "\n");
socket.close();
