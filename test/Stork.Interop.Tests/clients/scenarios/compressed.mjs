// Polling through fetch, which asks for compressed answers.
import assert from "node:assert/strict";
import { Fetch } from "engine.io-client";

export default async function (stage) {
  const encodings = [];
  const original = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    const response = await original(...args);
    encodings.push(response.headers.get("content-encoding"));
    return response;
  };

  const socket = await stage.connect("/", { transports: [Fetch] });
  assert.deepEqual([...new Set(encodings)], [null], "small answers are sent as they are");

  encodings.length = 0;
  const [compressed] = await stage.ask(socket, "send", 50_000, true);
  assert.equal(compressed, "x".repeat(50_000));
  assert.ok(encodings.includes("gzip"), `an answer is compressed: ${encodings}`);

  encodings.length = 0;
  const received = stage.event(socket, "plain");
  socket.emit("send plain", 50_000);
  assert.deepEqual(await received, ["x".repeat(50_000)]);
  assert.ok(!encodings.includes("gzip"), `an answer that must not be is not: ${encodings}`);
}
