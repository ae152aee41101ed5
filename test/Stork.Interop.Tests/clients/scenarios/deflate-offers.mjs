// What ws, alone, offers and is answered, and that both understand each other afterwards.
import assert from "node:assert/strict";
import WebSocket from "ws";

export default async function (stage) {
  const url = `${stage.url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`;
  // What is left out is up to the server; a false would have ws refuse the connection if the server has other ideas.
  for (const serverNoContextTakeover of [undefined, true]) {
    for (const clientNoContextTakeover of [undefined, true]) {
      for (const serverMaxWindowBits of [undefined, 9, 12, 15]) {
        for (const clientMaxWindowBits of [undefined, false, 9, 12, 15]) {
          const offer = { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits, threshold: 0 };
          await talk(stage, url, offer);
        }
      }
    }
  }
}

async function talk(stage, url, offer) {
  const said = JSON.stringify(offer);
  const ws = new WebSocket(url, { perMessageDeflate: offer });
  const messages = [];
  let wake = () => {};
  ws.on("message", (data) => {
    messages.push(data.toString());
    wake();
  });
  const failed = new Promise((_, reject) => {
    ws.on("error", (error) => reject(new Error(said, { cause: error })));
    ws.on("close", (code) => reject(new Error(`${said}: closed with ${code}`)));
  });
  failed.catch(() => {});
  const next = async () => {
    while (messages.length === 0) {
      await stage.until(said, Promise.race([failed, new Promise((resolve) => (wake = resolve))]));
    }
    return messages.shift();
  };

  assert.match(await next(), /^0\{/);
  ws.send("40");
  assert.match(await next(), /^40\{/);
  // The window of a client that does not offer to be told of one cannot be made smaller: this server does not compress with it.
  const isTold = offer.clientMaxWindowBits !== false;
  const compresses = stage.given.clientMaxWindowBits === 15 || isTold;
  const answer = ws.extensions === "" ? "" : `; ${JSON.stringify(ws._extensions["permessage-deflate"].params)}`;
  assert.equal(ws.extensions, compresses ? "permessage-deflate" : "", said + answer);

  for (const length of [0, 1, 500, 5_000, 70_000, 70_000]) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * i + length) % 23))).join("");
    ws.send(`421["ask","${text}"]`);
    assert.equal(await next(), `431["${text}"]`, said);
  }

  // So it is with fragments.
  ws.send('421["ask","fragments ', { fin: false });
  ws.send("of a message", { fin: false });
  ws.send('"]', { fin: true });
  assert.equal(await next(), '431["fragments of a message"]', said);
  ws.removeAllListeners("close");
  const closed = new Promise((resolve) => ws.on("close", resolve));
  ws.close();
  await stage.until(`the end of ${said}`, closed);
}
