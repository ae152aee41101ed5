// A worker with a consumer's credit for three jobs, which have binary data in and get some back.
import { bytes } from "../lib/stage.mjs";

export default async function (stage) {
  const socket = stage.socket();
  const done = [];
  const finished = new Promise((resolve) => {
    socket.on("jobs", (job, { attempt }, answer) => {
      if (attempt === 1 && job.id === 2) return answer({ $nack: "once more" });
      done.push([job.id, bytes(job.picture), attempt]);
      answer({ thumbnail: Buffer.from(bytes(job.picture).reverse()) });
      if (done.length === stage.given.jobs) resolve();
    });
  });
  await stage.connected(socket);
  await stage.ask(socket, "queue:subscribe", "jobs", { maxInFlight: 3 });
  await stage.until("all jobs", finished);
  stage.report("done", { done: done.sort(([one], [other]) => one - other) });
  await stage.signal();
}
