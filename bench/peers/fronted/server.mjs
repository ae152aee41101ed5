// The official Socket.IO server in front of a broker: node server.mjs <port> <module of the broker> <port of the broker>.
// Producers emit "job" and are acknowledged when the broker has it; workers say in their auth how many jobs they
// take at once, get "jobs", and acknowledge.
//
// A module of a broker exports open(port, deliver) and gives { store, left }.
// store(job) returns a promise of the moment a producer may rely on it. deliver(job, done) hands a job to the worker that has most room;
// done is called when that has acknowledged it. left() counts what the broker still has;
// it is asked when all work is over.
import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, module, brokerPort] = process.argv.slice(2);
const http = createServer();
const io = new Server(http);
const workers = new Set();
const waiting = [];
let inHand = 0;

const { open } = await import(`./${module}.mjs`);
const broker = await open(Number(brokerPort), (job, done) => {
  inHand++;
  const task = { job, done };
  const worker = leastBusy();
  if (worker) give(worker, task);
  else waiting.push(task);
});

function leastBusy() {
  let best = null;
  for (const worker of workers) if (worker.room > (best?.room ?? 0)) best = worker;
  return best;
}

function give(worker, task) {
  worker.room--;
  worker.tasks.add(task);
  worker.socket.emit("jobs", task.job, () => {
    worker.room++;
    worker.tasks.delete(task);
    inHand--;
    task.done();
    if (waiting.length > 0) give(worker, waiting.shift());
  });
}

function consume(socket, room) {
  const worker = { socket, room, tasks: new Set() };
  workers.add(worker);
  while (worker.room > 0 && waiting.length > 0) give(worker, waiting.shift());
  // What a lost worker had not acknowledged goes to another one.
  socket.on("disconnect", () => {
    workers.delete(worker);
    for (const task of worker.tasks) {
      const other = leastBusy();
      if (other) give(other, task);
      else waiting.push(task);
    }
  });
}

io.on("connection", (socket) => {
  socket.on("job", (job, acknowledge) => broker.store(job).then(() => acknowledge({ status: "ok" })));
  socket.on("waiting", async (acknowledge) => acknowledge(inHand || (await broker.left())));
  if (socket.handshake.auth.jobs > 0) consume(socket, socket.handshake.auth.jobs);
});

http.listen(Number(port), "127.0.0.1");
