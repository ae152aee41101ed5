// A stream with a consumer group. What came meanwhile is one pipeline made here: with the automatic pipelining of ioredis,
// which has a promise for each command, a job costs about half as much again.
import { Redis } from "ioredis";
import { Batches } from "./batches.mjs";

const [stream, group] = ["jobs", "servers"];
const pipelines = 4;
const mostInHand = 2000;
const mostAtOnce = 512;
const blockMilliseconds = 100;

export async function open(port, deliver) {
  const [writer, reader] = [new Redis(port, "127.0.0.1"), new Redis(port, "127.0.0.1")];
  await writer.xgroup("CREATE", stream, group, 0, "MKSTREAM");
  let inHand = 0;
  let makeRoom = () => {};

  const storing = new Batches((jobs) => {
    const pipeline = writer.pipeline();
    for (const job of jobs) pipeline.xadd(stream, "*", "job", job);
    return execute(pipeline);
  }, Array(pipelines));
  const settling = new Batches(async (ids) => {
    await execute(writer.pipeline().xack(stream, group, ...ids).xdel(stream, ...ids));
    inHand -= ids.length;
    makeRoom();
  }, Array(1));

  async function work() {
    while (true) {
      while (inHand >= mostInHand) await new Promise((resolve) => (makeRoom = resolve));
      const count = Math.min(mostAtOnce, mostInHand - inHand);
      const streams = await reader.xreadgroup("GROUP", group, "one", "COUNT", count, "BLOCK", blockMilliseconds, "STREAMS", stream, ">");
      for (const [id, [, job]] of streams?.[0][1] ?? []) {
        inHand++;
        deliver(JSON.parse(job), () => settling.add(id));
      }
    }
  }

  work();
  return {
    store: (job) => storing.add(JSON.stringify(job)),
    left: async () => Math.max(await writer.xlen(stream), (await writer.xpending(stream, group))[0]),
  };
}

async function execute(pipeline) {
  for (const [error] of await pipeline.exec()) if (error) throw error;
}
