// Takes three messages of an inbox and acknowledges them, goes away, comes back for what came meanwhile.

export default async function (stage) {
  const take = async (count, settled) => {
    const socket = stage.socket("/", { auth: { user: "42" } });
    const received = [];
    const all = new Promise((resolve) => socket.on("order", (number, data, ack) => {
      received.push([number, data?.length ?? data?.byteLength]);
      ack();
      if (received.length === count) resolve();
    }));
    await stage.until(`${count} messages`, all);
    await stage.ask(socket, "settled?", settled);
    socket.disconnect();
    return received;
  };
  stage.report("received", { received: await take(3, 3) });
  stage.report("received", { received: await take(1, 4) });
}
