// A producer or a worker of BullMQ: node run.mjs producer|worker <port of Redis> <jobs> <jobs per second, 0: as many as it can>
// [not counted].
// Times are those of CLOCK_MONOTONIC, which all processes of a machine share. Both write their result as a line of JSON, the
// processor time being that of a job in microseconds.
import { Queue, Worker } from "bullmq";

const [role, port, jobs, rate, warmUp] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
const text = "abcdefghijklmnopqrstuvwxyz".repeat(6);
const batch = 256;
const batchesUnderWay = 4;
const concurrency = 100;
const microseconds = () => Number(process.hrtime.bigint() / 1000n);

const jobOf = (number, at) => ({ name: "job", data: { number, at, text } });

async function produce() {
  const queue = new Queue("jobs", { connection, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  const before = process.cpuUsage();
  if (rate > 0) await produceAtRate(queue);
  else await produceAll(queue);
  const cpu = process.cpuUsage(before);
  console.log(JSON.stringify({ cpu: (cpu.user + cpu.system) / jobs }));
  await queue.close();
}

async function produceAll(queue) {
  let next = 0;
  const lane = async () => {
    while (next < jobs) {
      const at = microseconds();
      const all = [];
      while (all.length < batch && next < jobs) all.push(jobOf(next++, at));
      await queue.addBulk(all);
    }
  };
  await Promise.all(Array.from({ length: batchesUnderWay }, lane));
}

async function produceAtRate(queue) {
  const started = microseconds();
  const underWay = new Set();
  for (let next = 0; next < jobs; ) {
    const due = Math.min(jobs, Math.floor(((microseconds() - started) * rate) / 1e6));
    if (due > next) {
      const all = [];
      while (next < due) all.push(jobOf(next, started + Math.floor((next++ * 1e6) / rate)));
      const added = queue.addBulk(all).then(() => underWay.delete(added));
      underWay.add(added);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
}

function work() {
  const latencies = new Float64Array(jobs);
  const seen = new Uint8Array(jobs);
  let [done, begun, before] = [0, 0];
  const worker = new Worker(
    "jobs",
    async (job) => {
      if (job.data.text !== text || seen[job.data.number]++) throw new Error(`wrong job ${job.data.number}`);
    },
    { connection, concurrency },
  );
  const end = (error) => {
    console.error(error.message);
    process.exit(1);
  };
  worker.on("error", end);
  worker.on("failed", (job, error) => end(error));
  // Emitted when Redis has answered that the job is done.
  worker.on("completed", async (job) => {
    const now = microseconds();
    latencies[done++] = now - job.data.at;
    if (done === warmUp) {
      [begun, before] = [now, process.cpuUsage()];
      console.log("warm");
    }

    if (done < jobs) return;
    const cpu = process.cpuUsage(before);
    const counted = latencies.subarray(warmUp).sort();
    const percentile = (share) => counted[Math.ceil(counted.length * share) - 1];
    console.log(
      JSON.stringify({
        seconds: (now - begun) / 1e6,
        jobs: counted.length,
        p50: percentile(0.5),
        p99: percentile(0.99),
        cpu: (cpu.user + cpu.system) / counted.length,
      }),
    );
    await worker.close();
  });
  worker.waitUntilReady().then(() => console.log("ready"));
}

if (role === "producer") await produce();
else work();
