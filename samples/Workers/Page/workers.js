// The page: hands documents in, shows what becomes of them, and can work itself.

import { draw } from "./board.js";
import { byId, clock, count, randomId } from "./dom.js";
import { TabWorker } from "./tab-worker.js";

const maxBytes = 900_000;
const tabName = `Tab ${randomId().slice(0, 4)}`;
let socket, worker;
/** Documents that the server has not answered for. */
let unsent = 0;

async function start() {
  if (!window.io) return show("missing");
  const me = await fetch("/me");
  if (!me.ok) return show("sign-in");
  const { workerKey } = await me.json();
  byId("command").textContent = `node samples/Workers/node/worker.js --urls ${location.origin} --key ${workerKey}`;
  show("app");
  connect();
  byId("documents").addEventListener("change", (event) => handInFiles(event.target));
  byId("text-form").addEventListener("submit", handInText);
  byId("fixed").addEventListener("change", fix);
  byId("redrive").addEventListener("click", redrive);
  byId("work").addEventListener("change", (event) => work(event.target.checked));
  acceptDrops();
  byId("work").disabled = TabWorker.lack !== null;
  byId("work-hint").textContent = TabWorker.lack ?? `as ${tabName}`;
  if (new URLSearchParams(location.search).has("work") && !TabWorker.lack) byId("work").click();
}

function show(part) {
  for (const id of ["missing", "sign-in", "app"]) byId(id).hidden = id !== part;
  byId("wrong").hidden = !location.search.includes("wrong");
}

function connect() {
  // Every event waits for the connection, and is sent again until it is answered: each has an id by which the server knows it.
  socket = window.io({ retries: Infinity, ackTimeout: 10_000 });
  socket.on("board", draw);
  socket.on("connect", () => showState("connected", "Connected"));
  socket.on("connect_error", () => showState("lost", "Cannot connect"));
  socket.on("disconnect", () => {
    byId("stale").textContent = `The connection was lost at ${clock(new Date())}. This is how it was then.`;
    showState("lost", "Connection lost");
  });
  window.addEventListener("beforeunload", (event) => unsent > 0 && event.preventDefault());
}

function showState(state, text) {
  byId("app").dataset.state = state;
  byId("connection-text").textContent = text;
  byId("stale").hidden = socket.connected;
  showUnsent();
}

function showUnsent() {
  byId("unsent").textContent = socket.connected || unsent === 0 ? ""
    : `${count(unsent, "document")} ${unsent === 1 ? "waits" : "wait"} in this page, to be handed in when the connection is back.`;
}

// ---- Handing in

async function handIn(name, data) {
  if (data.byteLength > maxBytes) return tell(`${name} is too large: at most ${maxBytes / 1000} kB.`);
  const job = { name, seconds: Number(byId("seconds").value), poison: byId("poison").checked, data };
  unsent++;
  showUnsent();
  const answer = await new Promise((resolve) => socket.emit("document", job, randomId(), (_, answer) => resolve(answer)));
  unsent--;
  showUnsent();
  tell(answer.status === "ok" ? "" : `${name} was refused: ${answer.message}`);
}

async function handInText(event) {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (text === "") return;
  byId("text").value = "";
  const copies = Number(byId("copies").value);
  const name = text.length > 32 ? `${text.slice(0, 32)}…` : text;
  const data = new TextEncoder().encode(text).buffer;
  await Promise.all(Array.from({ length: copies }, (_, n) => handIn(copies === 1 ? name : `${name} · ${n + 1}`, data)));
}

async function handInFiles(input) {
  await handInAll(input.files);
  input.value = "";
}

const handInAll = (files) => Promise.all(Array.from(files, async (file) => handIn(file.name, await file.arrayBuffer())));

function acceptDrops() {
  const zone = byId("drop");
  const mark = (isOver) => zone.classList.toggle("over", isOver);
  document.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("dragenter", () => mark(true));
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget) || mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer.files.length > 0) return handInAll(event.dataTransfer.files);
    byId("text").value = event.dataTransfer.getData("text");
    byId("text-form").requestSubmit();
  });
}

// ---- Operating

/** @returns What the server answers; null if it does not do it, and that has been told. */
async function post(path, body) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, request).catch(() => null);
  if (answer?.ok) return answer;
  tell(answer ? `The server refused: ${answer.status}` : "Nothing was changed: the server cannot be reached.");
  return null;
}

async function fix({ target }) {
  if (!(await post("/fixed", { fixed: target.checked }))) target.checked = !target.checked;
}

async function redrive() {
  const answer = await post("/stork/queues/documents/redrive", { max: 1000 });
  if (answer) tell(`${count((await answer.json()).count, "document")} went back to the queue.`);
}

function work(isOn) {
  worker?.stop();
  worker = isOn ? new TabWorker(tabName) : null;
}

function tell(text) {
  byId("told").textContent = text;
}

start();
