// A queue of BullMQ and its worker, whose processor is done when the Socket.IO worker is.
import { Queue, Worker } from "bullmq";
import { Batches } from "./batches.mjs";

const name = "jobs";
// An idle worker fetches as many jobs as this, one after the other, before it begins with the first: with 1,024 that is seconds.
const concurrency = 100;

export async function open(port, deliver) {
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null, enableAutoPipelining: true };
  const queue = new Queue(name, { connection, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  const storing = new Batches((jobs) => queue.addBulk(jobs), Array(1));
  const worker = new Worker(name, (job) => new Promise((resolve) => deliver(job.data, resolve)), { connection, concurrency });
  worker.on("error", (error) => {
    throw error;
  });
  await worker.waitUntilReady();
  return {
    store: (data) => storing.add({ name: "job", data }),
    left: () => queue.getJobCountByTypes("waiting", "active", "prioritized", "delayed", "completed", "failed"),
  };
}
