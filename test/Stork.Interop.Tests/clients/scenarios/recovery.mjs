// The network is gone, and with it perhaps the server: what was sent meanwhile comes when both are back.
// The client did not notice anything until it closes its own end; whether the server did is the test's business.
import assert from "node:assert/strict";

export default async function (stage) {
  const network = await stage.network();
  const socket = await stage.connect("/", { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 });
  await stage.upgraded(socket);
  const before = socket.id;
  const news = [];
  const order = [];
  socket.on("news", (value) => {
    news.push(value);
    order.push("news");
  });
  socket.on("connect", () => order.push("connect"));
  await stage.ask(socket, "join", "room");
  await stage.ask(socket, "remember", "name", "Ada");
  const first = stage.event(socket, "news");
  stage.report("connected");
  await first;
  stage.report("received");

  for (let round = 0; round < stage.given.rounds; round++) {
    order.length = 0;
    await stage.signal();
    network.isolate();
    socket.io.engine.close();
    stage.report("away");
    await stage.signal();
    const back = stage.event(socket, "connect");
    network.restore();
    await back;
    const recovered = socket.recovered === true;
    const beforeConnect = order.slice(0, order.indexOf("connect"));
    if (recovered) assert.deepEqual(beforeConnect, Array(stage.given.missed).fill("news"), "missed events come before connect");
    const [who] = await stage.ask(socket, "who");
    stage.report("back", { recovered, sameId: socket.id === before, news: [...news], who });
  }
}
