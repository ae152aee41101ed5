// node work.mjs <url> <log file> [user]
//
// A worker that writes into its log when it ends each job, before it says so. The times are those of the server's log.

import { appendFileSync } from "node:fs";
import { io } from "socket.io-client-4.8";

const [url, log, user] = process.argv.slice(2);
const now = () => (Number(process.hrtime.bigint() / 1000n) / 1000).toFixed(3);
const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 200, timeout: 1500, auth: user ? { user } : {} });
let first = true;

socket.on("connect", () => {
  // Without an answer the connection is lost again, and asks at its return.
  socket.emit("queue:subscribe", "jobs", { maxInFlight: 3 }, (answer) => {
    if (answer.status !== "ok") throw new Error(JSON.stringify(answer));
    if (first) process.stdout.write(JSON.stringify({ report: "working" }) + "\n");
    first = false;
  });
});
socket.on("jobs", (job, { attempt }, done) => {
  const owner = socket.id;
  setTimeout(() => {
    const fails = Math.random() < 0.05;
    appendFileSync(log, `${now()} end ${owner} ${job.id} ${attempt} ${fails ? "nack" : "ack"}\n`);
    if (fails) done({ $nack: "it failed, as some do" });
    else done();
  }, Math.random() * 30);
});
