// Answers in both directions: with and without arguments, late, missing, and from handlers that fail.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect();

  // The server answers.
  assert.deepEqual(await stage.ask(socket, "add", 1, 2), [3]);
  assert.deepEqual(await stage.ask(socket, "add later", 1, 2), [3]);
  assert.deepEqual(await stage.ask(socket, "answer twice"), ["first"]);
  const many = await Promise.all(Array.from({ length: 500 }, (_, i) => stage.ask(socket, "add", i, 1)));
  assert.deepEqual(many, Array.from({ length: 500 }, (_, i) => [i + 1]));

  // A handler that fails says so, without details; one that refuses says why; the connection stays.
  const failed = { status: "error", code: "handler_failed", message: "The server could not handle the event." };
  assert.deepEqual(await stage.ask(socket, "fail"), [failed]);
  assert.deepEqual(await stage.ask(socket, "refuse"), [{ status: "error", code: "out_of_stock", message: "Come back tomorrow." }]);
  const invalid = { status: "error", code: "invalid_arguments", message: "The arguments do not fit." };
  assert.deepEqual(await stage.ask(socket, "add", "one", 2), [invalid]);
  assert.deepEqual(await stage.ask(socket, "add", 20, 22), [42]);

  // The client answers, while the server's handler of another event waits for it.
  socket.on("question", (text, answer) => answer(`${text}!`));
  assert.deepEqual(await stage.ask(socket, "ask me", "one"), ["one!"]);
  socket.on("several", (first, answer) => answer(first, { second: 2 }, Buffer.from([3])));
  assert.deepEqual(await stage.ask(socket, "ask me for several"), [3, "1 {\"second\":2} 3"]);
  socket.on("slow question", (answer) => setTimeout(answer, 20, "late"));
  assert.deepEqual(await stage.ask(socket, "ask me slowly"), ["late"]);
  socket.on("unanswered", (_answer) => {});
  assert.deepEqual(await stage.ask(socket, "ask me in vain"), ["timed out"]);

  // A client that leaves while the server waits for it.
  const leaving = await stage.connect();
  leaving.on("unanswered", (_answer) => leaving.disconnect());
  leaving.emit("ask me for ever");
  await stage.event(leaving, "disconnect");
}
