// Values that the server's handlers take and return as types of their own.
import assert from "node:assert/strict";

export default async function (stage) {
  const socket = await stage.connect();
  const order = { id: 42, name: "Zoë", lines: [{ item: "Ei", count: 3 }], total: 12.5, placedAt: "2025-02-03T04:05:06+00:00" };

  assert.deepEqual(await stage.ask(socket, "order", order), [{ ...order, id: 43 }]);
  assert.deepEqual(await stage.ask(socket, "sum", 1, 2, 3.5), [6.5]);
  assert.deepEqual(await stage.ask(socket, "nothing"), []);
  assert.deepEqual(await stage.ask(socket, "maybe", null), [null]);
  assert.deepEqual(await stage.ask(socket, "maybe"), [null]);
  assert.deepEqual(await stage.ask(socket, "maybe", "yes"), ["yes"]);
  assert.deepEqual(await stage.ask(socket, "several", 1, "two"), [1, "two", { three: 3 }]);
}
