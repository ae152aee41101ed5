// The chat: what is sent to the server, what comes from it, and who of the other modules is told.

import { Composer } from "./composer.js";
import { avatar, byId, clock, randomId } from "./dom.js";
import { Room } from "./rooms.js";
import { Side } from "./side.js";
import { Status } from "./status.js";
import { claimTab } from "./tab.js";
import { Timeline } from "./timeline.js";

const lobby = "lobby";
const typingIsShownFor = 3500;
const gotIsToldAfter = 100;
const maxWaiting = 100;

// Of this tab only, so that two tabs can be two people; it survives a reload. Whose tab it is, a cookie says that scripts cannot read.
const saved = {
  tab: randomId(), id: "", name: "", rooms: [lobby], unsent: [], drafts: {},
  ...JSON.parse(sessionStorage.getItem("chat") ?? "{}"),
};
const me = { id: saved.id, name: saved.name };
const rooms = new Map();
let current = null;
let run = null;
/** The last loss, and how many messages were missed, until everything that waited is here. */
let returning = null;
let socket, status, side, timeline, composer;

function start() {
  const claimed = claimTab(saved.tab);
  socket = window.io({
    autoConnect: false,
    // Read at every attempt: after a lost connection the server puts us into our rooms before it looks at what we sent meanwhile.
    auth: async (send) => {
      saved.tab = await claimed;
      send({ name: saved.name, tab: saved.tab, rooms: joinedNames() });
    },
    // Every event waits in the client for the connection, and is sent again until the server has answered it. So it may come there twice:
    // messages carry an id by which the server knows them, also after it was killed.
    retries: Infinity,
    ackTimeout: 20_000,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  });
  status = new Status(socket, { countWaiting: () => waiting().length, onReturn: (loss) => (returning = { ...loss, missed: 0 }) });
  side = new Side({ onOpen: open, onLeave: leave });
  timeline = new Timeline(byId("log"), byId("timeline"), byId("to-end"), { onRetry: (entry) => deliver(current, entry) });
  composer = new Composer({
    onSend: say,
    onTyping: () => current && socket.connected && socket.volatile.emit("typing", current.name),
    onChange: save,
  });

  for (const name of saved.rooms) roomNamed(name).isJoined = true;
  for (const { room: name, id, text, at } of saved.unsent) {
    const room = roomNamed(name);
    deliver(room, room.write(id, me, text, null, new Date(at)));
  }
  for (const [name, text] of Object.entries(saved.drafts)) roomNamed(name).draft.text = text;
  listen();
  byId("name").value = saved.name;
  if (saved.name) socket.connect();
  else byId("name").focus();
}

// ---- The connection

function listen() {
  socket.on("welcome", welcomed);
  socket.on("connect_error", refused);
  // Out of our inbox: the server keeps it, and sends it again after a loss, until we have called back.
  socket.on("message", (message, done) => {
    const room = rooms.get(message.room);
    if (room?.isJoined) {
      received(room, message);
      tellGot(room);
    }
    // Where there are no inboxes, nobody asks for it.
    done?.();
  });
  socket.on("delivered", ({ room: name, id, deliveredTo }) => {
    const entry = rooms.get(name)?.messages.get(`me/${id}`);
    if (!entry) return;
    entry.deliveredTo = Math.max(entry.deliveredTo, deliveredTo);
    timeline.refresh(entry);
  });
  socket.on("people", ({ room: name, people, away, got }) => changePeople(name, (room) => {
    room.people = new Map(people.map((person) => [person.id, person]));
    room.away = new Map(away.map((person) => [person.id, person]));
    // Who has our messages may have been told while nobody heard it here.
    for (const entry of room.delivered(got)) timeline.refresh(entry);
  }));
  socket.on("joined", ({ room: name, person }) => changePeople(name, (room) => {
    room.people.set(person.id, person);
    room.away.delete(person.id);
  }));
  socket.on("away", ({ room: name, person }) => changePeople(name, (room) => {
    gone(room, person);
    room.away.set(person.id, person);
  }));
  socket.on("left", ({ room: name, person }) => changePeople(name, (room) => gone(room, person)));
  socket.on("typing", ({ room: name, person }) => person.id !== me.id && changePeople(name, (room) => {
    stopTyping(room, person.id);
    room.typing.set(person.id, {
      name: person.name,
      timer: setTimeout(() => changePeople(name, () => room.typing.delete(person.id)), typingIsShownFor),
    });
  }));
  socket.on("room", summarized);
  socket.on("gone", (name) => {
    if (!rooms.get(name)?.isJoined) rooms.delete(name);
    showRooms();
  });

  byId("sign-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    saved.name = byId("name").value;
    byId("sign-in-error").textContent = "";
    byId("sign-in-enter").disabled = true;
    socket.connect();
  });
  byId("new-room").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = spelled(byId("room-name").value);
    byId("room-name").value = "";
    if (name) open(name);
  });
  byId("rename").addEventListener("click", async () => {
    // Nothing more needs to be kept for this name.
    if (socket.connected) await socket.volatile.timeout(2000).emitWithAck("quit").catch(() => {});
    socket.disconnect();
    status.reset();
    byId("name").value = saved.name;
    showDoor("");
  });
  // Texts that wait survive a reload; images are too large for the session's storage.
  window.addEventListener("beforeunload", (event) => hasUnsentImage() && event.preventDefault());
  document.addEventListener("visibilitychange", () => current && !document.hidden && read(current));
  window.addEventListener("hashchange", () => nameInAddress() && nameInAddress() !== current?.name && open(nameInAddress()));
}

/** The first thing the server says, after every connect. Behind it comes what waited in our inbox. */
async function welcomed(welcome) {
  const synced = new Promise((resolve) => socket.once("synced", resolve));
  const isRestarted = run !== null && run !== welcome.run;
  const isForgotten = isRestarted && me.id !== welcome.you.id && me.name === welcome.you.name;
  run = welcome.run;
  Object.assign(me, welcome.you);
  saved.name = me.name;
  // Somebody has removed the server's data: what is on this page is no longer true.
  if (isForgotten) return save(), location.reload();
  composer.imageLimit = welcome.limits.imageBytes;
  for (const room of rooms.values()) room.peopleCount = 0;
  for (const [name, room] of rooms) if (!room.isJoined && !welcome.rooms.some((other) => other.name === name)) rooms.delete(name);
  for (const room of welcome.rooms) roomNamed(room.name).peopleCount = room.people;
  status.showServer(welcome.server);

  const back = returning;
  if (back) tellLoss(back, isRestarted);
  const isEntering = byId("chat").hidden;
  byId("sign-in").hidden = true;
  byId("chat").hidden = false;
  if (isEntering) openFirst(current?.name ?? (nameInAddress() || saved.current || lobby));
  else showRooms();
  showMe();

  // One after the other, the open room first: histories may be large.
  const joined = [...rooms.values()].filter((room) => room.isJoined).sort((one, other) => (other === current) - (one === current));
  for (const room of joined) await enter(room);
  await synced;
  if (!back || back !== returning || !socket.connected) return;
  returning = null;
  status.caughtUp(back);
}

function refused(error) {
  byId("sign-in-enter").disabled = false;
  if (socket.active) {
    if (byId("chat").hidden) byId("sign-in-error").textContent = "The server cannot be reached. Trying again…";
    return;
  }

  // A middleware of the server said no, and why.
  status.reset();
  showDoor(error.message);
}

/** Asks the server; what it answers instead of a result becomes an error. */
async function ask(event, ...args) {
  const reply = await socket.emitWithAck(event, ...args).catch(() => Promise.reject(new Error("The server did not answer.")));
  if (reply?.status === "error") throw new Error(reply.message);
  return reply;
}

// ---- Rooms

function roomNamed(name) {
  if (!rooms.has(name)) rooms.set(name, new Room(name));
  return rooms.get(name);
}

/** A room's name in its one spelling, as the server wants it. */
const spelled = (name) => name.trim().toLowerCase().replace(/\s+/g, "-");

const joinedNames = () => [...rooms.values()].filter((room) => room.isJoined).map((room) => room.name);

const nameInAddress = () => {
  try {
    return spelled(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return "";
  }
};

/** It is joined with the others, see welcomed. */
function openFirst(name) {
  roomNamed(name).isJoined = true;
  open(name);
}

function open(name) {
  const room = roomNamed(name);
  const wasJoined = room.isJoined;
  room.isJoined = true;
  current = room;
  composer.open(room.draft);
  byId("room-error").textContent = "";
  byId("title").textContent = room.name;
  byId("text").placeholder = `Message to ${room.name}`;
  history.replaceState(null, "", `#${encodeURIComponent(room.name)}`);
  save();
  timeline.show(room);
  side.toggle(false);
  read(room);
  changePeople(room.name, () => {});
  composer.focus();
  if (!wasJoined) enter(room);
}

/** Joins the room on the server, or says that we are still there, and takes in what of its history is not here yet. */
async function enter(room) {
  try {
    const messages = await ask("join", room.name, room.got);
    const isFirstTime = !room.isLoaded;
    room.isLoaded = true;
    for (const message of messages) received(room, message, isFirstTime);
    if (messages.length > 0) tellGot(room);
  } catch (error) {
    room.isJoined = false;
    if (room.entries.length === 0 && room.peopleCount === 0) rooms.delete(room.name);
    if (current === room) open(room.name === lobby ? joinedNames()[0] ?? lobby : lobby);
    byId("room-error").textContent = error.message;
    showRooms();
  }
}

function leave(name) {
  const room = rooms.get(name);
  room.isJoined = false;
  room.unread = 0;
  room.isLoaded = false;
  if (current === room) open(lobby);
  save();
  showRooms();
  ask("leave", name).catch(() => {});
}

function summarized({ name, people }) {
  roomNamed(name).peopleCount = people;
  showRooms();
}

function changePeople(name, change) {
  const room = rooms.get(name);
  if (!room) return;
  change(room);
  if (room === current) side.showPeople(room, me);
}

function gone(room, person) {
  room.people.delete(person.id);
  room.away.delete(person.id);
  stopTyping(room, person.id);
}

function stopTyping(room, id) {
  clearTimeout(room.typing.get(id)?.timer);
  return room.typing.delete(id);
}

// ---- Messages

function received(room, message, isHistory = false) {
  const { entry, isNew } = room.accept(message, me);
  if (stopTyping(room, message.from.id)) changePeople(room.name, () => {});
  timeline.place(room, entry);
  if (!isNew || entry.isMine || isHistory) return;
  if (returning) returning.missed++;
  if (room === current && !document.hidden) return;
  room.unread++;
  showRooms();
}

/** Lets the authors know that we have their messages; a moment later, for all that come together. */
function tellGot(room) {
  room.gotTimer ??= setTimeout(() => {
    room.gotTimer = undefined;
    if (socket.connected) socket.emit("got", room.name, room.got);
  }, gotIsToldAfter);
}

function say(text, image) {
  if (waiting().length >= maxWaiting) throw new Error(`${maxWaiting} messages wait to be sent already.`);
  deliver(current, current.write(randomId(), me, text, image));
}

async function deliver(room, entry) {
  entry.state = "waiting";
  timeline.place(room, entry);
  save();
  if (status.loss) status.show();
  try {
    const receipt = await ask("say", { room: room.name, id: entry.id, text: entry.text, image: entry.bytes });
    room.confirm(entry, receipt);
  } catch (error) {
    Object.assign(entry, { state: "failed", error: error.message });
  }
  timeline.place(room, entry);
  save();
}

const hasUnsentImage = () => waiting().some(({ entry }) => entry.bytes) || [...rooms.values()].some((room) => room.draft.image);

const waiting = () => [...rooms.values()].flatMap((room) => room.waiting.map((entry) => ({ room: room.name, entry })));

/** A line in each room, at the place where it happened: before what was missed. */
function tellLoss({ at, reason, took, isWanted }, isRestarted) {
  const when = `at ${clock(at, true)} for ${took}`;
  const what = isWanted ? `You went offline ${when}.` : `The connection was lost ${when} (${reason}).`;
  const text = `${what}${isRestarted ? " The server was restarted." : ""}`;
  for (const room of rooms.values()) if (room.isJoined) timeline.place(room, room.note(text));
}

function read(room) {
  if (!document.hidden) room.unread = 0;
  showRooms();
}

// ---- The page

function showRooms() {
  side.showRooms(rooms, current, lobby);
  const unread = [...rooms.values()].reduce((sum, room) => sum + room.unread, 0);
  const elsewhere = unread - (current?.unread ?? 0);
  byId("menu-unread").hidden = elsewhere === 0;
  byId("menu-unread").textContent = String(elsewhere);
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${current ? `${current.name} · ` : ""}Stork chat`;
}

function showMe() {
  byId("my-name").textContent = me.name;
  byId("my-avatar").replaceWith(Object.assign(avatar(me), { id: "my-avatar" }));
  save();
}

function showDoor(error) {
  byId("chat").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-enter").disabled = false;
  byId("sign-in-error").textContent = error;
  byId("name").select();
}

function save() {
  const texts = waiting().filter(({ entry }) => !entry.bytes);
  const unsent = texts.map(({ room, entry: { id, text, at } }) => ({ room, id, text, at }));
  const drafts = Object.fromEntries([...rooms.values()].filter((room) => room.draft.text).map((room) => [room.name, room.draft.text]));
  const { tab, current: last } = saved;
  const state = { tab, id: me.id, name: me.name || saved.name, rooms: joinedNames(), current: current?.name ?? last, unsent, drafts };
  sessionStorage.setItem("chat", JSON.stringify(state));
}

async function explainMissingClient() {
  byId("sign-in-form").hidden = true;
  byId("missing").hidden = false;
  const response = await fetch("/socket.io/socket.io.js").catch(() => null);
  byId("missing-reason").textContent = response ? await response.text() : "nothing at all. Is it running? Reload the page to try again.";
}

if (window.io) start();
else explainMissingClient();
