// The client's own limits for answers (4.4), promises of answers (4.6), and repeats (4.6).
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect();

  // In time, and not.
  const answered = new Promise((resolve) => socket.timeout(40_000).emit("add", 1, 2, (...result) => resolve([result])));
  const [inTime] = await stage.until("the callback of an answer in time", answered);
  assert.deepEqual(inTime, [null, 3]);
  const unanswered = new Promise((resolve) => socket.timeout(50).emit("unanswered", resolve));
  const error = await stage.until("the callback of an answer that does not come", unanswered);
  assert.equal(error.message, "operation has timed out");

  if (socket.emitWithAck === undefined) return;
  assert.equal(await socket.emitWithAck("add", 2, 3), 5);
  assert.equal(await socket.timeout(40_000).emitWithAck("add", 2, 3), 5);
  await assert.rejects(socket.timeout(50).emitWithAck("unanswered"), /operation has timed out/);

  // With retries an event is sent again until it is answered, one event at a time.
  const stubborn = await stage.connect("/", { retries: 3, ackTimeout: 200 });
  const answers = [];
  const push = (name) => new Promise((resolve, reject) =>
    stubborn.emit("third time lucky", name, (error, answer) => (error ? reject(error) : resolve(answers.push(answer)))));
  await stage.until("the answers to repeated events", Promise.all([push("a"), push("b")]));
  assert.deepEqual(answers, ["a 3", "b 3"]);
}
