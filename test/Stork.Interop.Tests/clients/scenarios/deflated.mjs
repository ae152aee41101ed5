// Messages of a client and a server that compress: JSON, binary and broadcasts, in both directions.
import assert from "node:assert/strict";
import { bytes } from "../lib/stage.mjs";

export default async function (stage) {
  const socket = await stage.connect();
  await stage.upgraded(socket);
  const ws = socket.io.engine.transport.ws;
  assert.match(ws.extensions, /^permessage-deflate/);
  const tcp = ws._socket;
  const [readBefore, writtenBefore] = [tcp.bytesRead, tcp.bytesWritten];

  const rows = Array.from({ length: 2_000 }, (_, i) => ({ id: i, name: `row ${i}`, tags: ["a", "b"], text: "Grüße 🦩" }));
  const data = Buffer.alloc(200_000, "0123456789");
  const length = JSON.stringify(rows).length + data.length;
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await stage.ask(socket, "ask", rows, i), [rows, i]);
    assert.deepEqual(bytes((await stage.ask(socket, "ask", data, i))[0]), [...data]);
    const back = stage.event(socket, "everybody");
    socket.emit("broadcast", rows, data);
    const [rowsBack, dataBack] = await back;
    assert.deepEqual(rowsBack, rows);
    assert.deepEqual(bytes(dataBack), [...data]);
    // Short ones between.
    assert.deepEqual(await stage.ask(socket, "ask", i), [i]);
  }

  // Ten times as much went either way.
  assert.ok(tcp.bytesRead - readBefore < (10 * length) / 4, `${tcp.bytesRead - readBefore} bytes were read`);
  assert.ok(tcp.bytesWritten - writtenBefore < (10 * length) / 4, `${tcp.bytesWritten - writtenBefore} bytes were written`);

  const plain = tcp.bytesRead;
  const back = stage.event(socket, "everybody");
  socket.emit("broadcast plain", data.length);
  assert.equal((await back)[0].length, data.length);
  assert.ok(tcp.bytesRead - plain > data.length, "what must not be compressed is not");
}
