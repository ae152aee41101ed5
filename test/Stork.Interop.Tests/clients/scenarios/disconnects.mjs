// Every way a connection can end that both ends survive, and what the client is told.

export default async function (stage) {
  const report = async (name, socket, end) => {
    const told = stage.event(socket, "disconnect");
    await end();
    const [reason] = await told;
    stage.report("disconnected", { name, reason });
  };
  const network = await stage.network();
  const connect = (name) => stage.connect("/", { auth: { name } });

  let socket = await connect("the client leaves");
  await report("the client leaves", socket, () => socket.disconnect());

  socket = await connect("the client closes the connection");
  await report("the client closes the connection", socket, () => socket.io.engine.close());

  socket = await connect("the server sends it away");
  await report("the server sends it away", socket, () => socket.emit("send me away"));

  socket = await connect("the server closes the connection");
  await report("the server closes the connection", socket, () => socket.emit("close me"));

  socket = await connect("another socket is closed with its connection");
  const other = stage.beside(socket, "/other", { auth: {} });
  await stage.connected(other);
  await report("another socket is closed with its connection", socket, () => other.emit("close me"));

  socket = await connect("the client talks nonsense");
  await report("the client talks nonsense", socket, () => socket.io.engine.write("nonsense"));

  socket = await connect("the client uses a reserved name");
  await report("the client uses a reserved name", socket, () => socket.io.engine.write("2[\"disconnect\"]"));

  socket = await connect("the network breaks");
  await stage.upgraded(socket);
  await stage.ask(socket, "are you there");
  if (socket.io.engine.transport.name === "polling") await stage.until("a poll", network.polled());
  await report("the network breaks", socket, () => network.cut());
}
