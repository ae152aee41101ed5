// Binary data anywhere in the arguments, both ways, as events and as answers.
import assert from "node:assert/strict";
import { bytes } from "../lib/stage.mjs";

const some = Buffer.from([0, 1, 2, 0x1e, 0x62, 0x7f, 0x80, 0xff]);

export default async function (stage) {
  const socket = await stage.connect();

  const values = [some, new Uint8Array(some), new Uint8Array(some).buffer];
  // The official packer sends all that is behind a view.
  if (!stage.parser) values.push(new Uint8Array([9, ...some]).subarray(1));
  for (const value of values) {
    const back = stage.event(socket, "echo");
    socket.emit("echo", value);
    const [received] = await back;
    assert.deepEqual(bytes(received), [...some]);
    const [answer] = await stage.ask(socket, "ask", value);
    assert.deepEqual(bytes(answer), [...some]);
  }

  // Deep inside, several, among other things, and in their order.
  const nested = { a: [{ b: Buffer.from("deep") }, "text", Buffer.alloc(0)], c: null };
  const [first, deep, last] = await stage.ask(socket, "ask", some, nested, Buffer.from("last"));
  assert.deepEqual(bytes(first), [...some]);
  assert.equal(Buffer.from(deep.a[0].b).toString(), "deep");
  assert.equal(deep.a[1], "text");
  assert.deepEqual(bytes(deep.a[2]), []);
  assert.equal(deep.c, null);
  assert.equal(Buffer.from(last).toString(), "last");

  // As many attachments as a parser takes.
  const ten = Array.from({ length: 10 }, (_, i) => Buffer.alloc(i, i));
  const tenBack = await stage.ask(socket, "ask", ...ten);
  assert.deepEqual(tenBack.map(bytes), ten.map((buffer) => [...buffer]));

  // Typed on the server: bytes in a record, and the server's own bytes in its answer.
  const [reversed] = await stage.ask(socket, "reverse", { name: "x", data: some });
  assert.equal(reversed.name, "x");
  assert.deepEqual(bytes(reversed.data), [...some].reverse());

  // A large one, over the size of every buffer on the way.
  const large = Buffer.alloc(500_000, 0xa5);
  const [largeBack] = await stage.ask(socket, "ask", large);
  assert.ok(large.equals(Buffer.from(largeBack)));
}
