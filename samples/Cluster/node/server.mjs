// node server.mjs --port 8084 --redis redis://127.0.0.1:6379 --name "Node.js"
//
// One of the servers of the chat, as an official server with the official adapter: for the page and for the other servers it is as good as
// Stork's in ../Server, which this follows step by step.
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const { values: { port, redis: url, name } } = parseArgs({
  options: {
    port: { type: "string", default: "8084" },
    redis: { type: "string", default: "redis://127.0.0.1:6379" },
    name: { type: "string", default: "Node.js" },
  },
});
const limits = { nameLength: 24, roomNameLength: 32, textLength: 2000, imageBytes: 400 * 1024 };
const messagesPerRoom = 100;
const roomsPerConnection = 20;
const lifetime = 24 * 60 * 60;

const redis = createClient({ url });
const subscriber = redis.duplicate();
for (const client of [redis, subscriber]) client.on("error", (error) => console.error(`Redis: ${error.message}`));
await Promise.all([redis.connect(), subscriber.connect()]);

const http = createServer((request, response) => response.writeHead(request.url === "/health" ? 200 : 404).end("Healthy"));
const io = new Server(http, { pingInterval: 10_000, pingTimeout: 5_000, adapter: createAdapter(redis, subscriber) });

// ---- Who is there

const channel = (room) => `room:${room}`;

io.use((socket, next) => {
  const { name, tab } = socket.handshake.auth;
  if (!/^[\w-]{16,64}$/.test(tab)) return next(refusal("introduction", "This is not a client of this chat."));
  const clean = typeof name === "string" ? name.trim().replace(/\s+/gu, " ") : "";
  if (!/^\P{C}+$/u.test(clean) || clean.length > limits.nameLength)
    return next(refusal("name", `A name has 1 to ${limits.nameLength} visible characters.`));
  socket.data.person = { id: tab, name: clean };
  next();
});

const refusal = (code, message) => Object.assign(new Error(message), { data: { code } });

async function inRoom(room) {
  const sockets = await io.in(channel(room)).fetchSockets();
  return [...new Map(sockets.filter(({ data }) => data.person).map(({ data }) => [data.person.id, data.person])).values()];
}

async function inAllRooms() {
  const rooms = new Map([["lobby", 0]]);
  for (const socket of await io.fetchSockets()) {
    for (const room of socket.rooms) {
      if (room.startsWith("room:")) rooms.set(room.slice(5), (rooms.get(room.slice(5)) ?? 0) + 1);
    }
  }
  return [...rooms].map(([name, people]) => ({ name, people }));
}

// ---- What was said

async function addToHistory(message) {
  const [numbers, list] = [`chat:${message.room}:numbers`, `chat:${message.room}:messages`];
  const numbered = { ...message, number: await redis.incr(numbers) };
  await redis.rPush(list, JSON.stringify({ ...numbered, image: null }));
  await redis.lTrim(list, -messagesPerRoom, -1);
  await Promise.all([redis.expire(list, lifetime), redis.expire(numbers, lifetime)]);
  return numbered;
}

async function readHistory(room, after) {
  const messages = (await redis.lRange(`chat:${room}:messages`, 0, -1)).map((json) => JSON.parse(json));
  return messages.filter(({ number }) => number > after).sort((one, other) => one.number - other.number);
}

/** What an image is, its bytes decide. */
function imageTypeOf(bytes) {
  const starts = { "89504e47": "image/png", ffd8ff: "image/jpeg", "47494638": "image/gif", "52494646": "image/webp" };
  const hex = bytes?.toString("hex", 0, 4) ?? "";
  return Object.entries(starts).find(([start]) => hex.startsWith(start))?.[1] ?? null;
}

class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const check = (condition, code, message) => {
  if (!condition) throw new Refused(code, message);
};

// ---- What one connection can do

io.on("connection", async (socket) => {
  const me = socket.data.person;
  const joined = new Set();
  // As Stork does: the events of a socket are handled one after the other.
  let last = Promise.resolve();
  const on = (event, handle) => socket.on(event, (...args) => {
    const reply = typeof args.at(-1) === "function" ? args.pop() : () => {};
    last = last.then(() => handle(...args)).then(reply, (error) => {
      if (!(error instanceof Refused)) console.error(error);
      reply({ status: "error", code: error.code ?? "failed", message: error instanceof Refused ? error.message : "It failed." });
    });
  });

  const tell = async (change, room) => {
    io.to(channel(room)).emit(change, { room, person: me });
    io.emit("room", { name: room, people: (await inRoom(room)).length });
  };

  const enter = async (room) => {
    const isName = typeof room === "string" && /^[\p{L}\p{Nd}_-]{1,32}$/u.test(room);
    check(isName, "room_name", `A room's name has 1 to ${limits.roomNameLength} letters, digits and hyphens.`);
    if (joined.has(room)) return;
    check(joined.size < roomsPerConnection, "too_many_rooms", "Leave a room first.");
    joined.add(room);
    await socket.join(channel(room));
    await tell("joined", room);
  };

  const leave = async (room) => {
    if (!joined.delete(room)) return;
    socket.leave(channel(room));
    await tell("left", room);
  };

  const leaveAll = async () => {
    for (const room of [...joined]) await leave(room);
  };

  on("join", async (room, after) => {
    await enter(room);
    socket.emit("people", { room, people: await inRoom(room), away: [], got: [] });
    return readHistory(room, after);
  });
  on("leave", leave);
  on("say", async (draft) => {
    check(joined.has(draft?.room), "not_in_room", "Join the room first.");
    const { room, id, image = null } = draft;
    const text = String(draft.text ?? "").trim();
    check(typeof id === "string" && id.length > 0 && id.length <= 64, "id", "A message needs an id.");
    check(text.length <= limits.textLength, "text_too_long", `A message has at most ${limits.textLength} characters.`);
    const isSmall = image === null || (Buffer.isBuffer(image) && image.length <= limits.imageBytes);
    check(isSmall, "image_too_large", "An image has at most 400 KiB.");
    const imageType = imageTypeOf(image);
    check(image === null || imageType, "image_type", "Images are PNG, JPEG, GIF or WebP.");
    check(text || image, "empty", "A message has a text or an image.");
    const message = await addToHistory({ room, id, from: me, at: new Date().toISOString(), text, image, imageType, deliveredTo: 0 });
    io.to(channel(room)).emit("message", message);
    return { number: message.number, at: message.at };
  });
  on("typing", (room) => void (joined.has(room) && socket.to(channel(room)).volatile.emit("typing", { room, person: me })));
  on("quit", leaveAll);
  on("got", () => {});
  socket.on("disconnect", () => (last = last.then(leaveAll).catch(console.error)));

  // What the client sends meanwhile waits in the queue of its events.
  last = last.then(async () => {
    for (const room of [].concat(socket.handshake.auth.rooms ?? []).slice(0, roomsPerConnection)) await enter(room).catch(() => {});
    socket.emit("welcome", { run: "cluster", you: me, rooms: await inAllRooms(), limits, server: name });
    socket.emit("synced");
  }).catch(console.error);
});

http.listen(Number(port), "127.0.0.1", () => console.log(`${name} listens on port ${port}.`));
