// Every kind of JSON value goes to the server and comes back unchanged, as an event and as an answer.
import assert from "node:assert/strict";

const values = [
  ["null", null],
  ["booleans", true, false],
  ["integers", 0, 1, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ["fractions", 0.1, -1.5e-7, 123456.789, Number.MIN_VALUE],
  ["strings", "", "plain", " \t\r\n\b\f", "\"quoted\" \\ / '", "\u0000\u001e\u007f\u2028\u2029"],
  ["unicode", "Grüße, Ελλάδα, Привет, 你好, 日本語, مرحبا", "🦩👩‍👩‍👧‍👦🏳️‍🌈", "e\u0301", "\ufeff\ufffd", "𝄞"],
  ["arrays", [], [[]], [1, [2, [3, [4]]]], new Array(1000).fill(7)],
  ["objects", {}, { a: { b: { c: {} } } }, { "": "", "with space": 1, "ключ": [null] }],
  ["names of JavaScript", { constructor: 1, toString: 2, hasOwnProperty: 3, $type: "System.String", $id: "1" }],
  ["looks like a placeholder", { _placeholder: false, num: 0 }, { num: 1 }],
  ["nothing"],
  ["looks like a packet", "42[\"x\"]", "\u001e2probe"],
  ["deep", nested(60)],
];

// What the official packer itself turns into something else: whole numbers beyond 64 bits, halves of surrogate pairs.
const beyondMessagePack = [
  ["fractions", 1e300, Number.MAX_VALUE],
  ["a lone surrogate", "\ud800", { "\udfff": "\udc00\ud800" }],
];

function nested(depth) {
  return depth === 0 ? "bottom" : [nested(depth - 1)];
}

export default async function (stage) {
  const socket = await stage.connect();

  for (const args of stage.parser ? values : [...values, ...beyondMessagePack]) {
    const back = stage.event(socket, "echo");
    socket.emit("echo", ...args);
    assert.deepEqual(await back, args);
    assert.deepEqual(await stage.ask(socket, "ask", ...args), args);
  }

  // Undefined is null on the wire, as JSON has no other word for it.
  assert.deepEqual(await stage.ask(socket, "ask", undefined, [undefined]), [null, [null]]);
  assert.deepEqual(await stage.ask(socket, "ask", { a: 1, b: undefined }), [{ a: 1 }]);
  assert.deepEqual(await stage.ask(socket, "ask", new Date(0)), ["1970-01-01T00:00:00.000Z"]);
}
