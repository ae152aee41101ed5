// A stream with a consumer group. Commands of one turn of the event loop leave as one pipeline, which is what ioredis does itself when asked to.
import { Redis } from "ioredis";
import { Batches } from "./batches.mjs";

const [stream, group] = ["jobs", "servers"];
const mostInHand = 2000;
const mostAtOnce = 512;
const blockMilliseconds = 100;

export async function open(port, deliver) {
  const connect = () => new Redis({ host: "127.0.0.1", port, enableAutoPipelining: true });
  const [writer, reader] = [connect(), connect()];
  await writer.xgroup("CREATE", stream, group, 0, "MKSTREAM");
  let inHand = 0;
  let makeRoom = () => {};
  const settling = new Batches(async (ids) => {
    await Promise.all([writer.xack(stream, group, ...ids), writer.xdel(stream, ...ids)]);
    inHand -= ids.length;
    makeRoom();
  }, [writer]);

  async function read() {
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

  read();
  return {
    store: (job) => writer.xadd(stream, "*", "job", JSON.stringify(job)),
    left: async () => Math.max(await writer.xlen(stream), (await writer.xpending(stream, group))[0]),
  };
}
