// What a shop or a driver has before it, with the official client. From the directory that has parcels-data in it:
//
//     node samples/Parcels/node/console.js shop bakery [url]       pickup bread for 1 Main Street
//     node samples/Parcels/node/console.js driver anna [url]       take 1, deliver 1

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [role, name, url = "http://localhost:3100"] = process.argv.slice(2);
if (!["shop", "driver"].includes(role) || !name) {
  console.error('Who? "shop bakery" or "driver anna", for instance.');
  process.exit(1);
}

const tokenFile = `parcels-data/tokens/${role}-${name}`;
if (!existsSync(tokenFile)) {
  console.error(`There is no ${tokenFile}. The server makes it: dotnet run --project samples/Parcels/Server -- invite ${role} ${name}`);
  process.exit(1);
}

const socket = io(url, {
  auth: { token: readFileSync(tokenFile, "utf8") },
  reconnectionDelay: 200,
  reconnectionDelayMax: 2000,
  // Commands are sent one after the other, each again and again until it is answered. The office carries it out once.
  retries: Infinity,
  ackTimeout: 2000,
});
socket.on("connect", () => console.log(`connected as ${role} ${name}`));
socket.on("disconnect", () => console.log("connection lost"));
socket.on("connect_error", (error) => {
  // The client goes on by itself unless the server refused it.
  if (socket.active) return;
  console.error(error.message);
  process.exit(1);
});

// ---- What the office has to say. It waits in an inbox until it is acknowledged, and may come twice: the ids of what was shown are in a file.

mkdirSync("parcels-data/seen", { recursive: true });
const seenFile = `parcels-data/seen/${role}-${name}`;
const seen = new Set(existsSync(seenFile) ? readFileSync(seenFile, "utf8").split("\n").filter(Boolean).slice(-1000) : []);
writeFileSync(seenFile, [...seen].map((id) => id + "\n").join(""));

const onNews = (what, show) => socket.on(what, (parcel, { id }, acknowledge) => {
  if (!seen.has(id)) {
    console.log(show(parcel));
    seen.add(id);
    appendFileSync(seenFile, id + "\n");
  }
  acknowledge();
});
onNews("pickup", ({ id, shop, what, where }) => `#${id} at ${shop}: ${what} for ${where}`);
onNews("taken", ({ id, driver }) => `#${id} taken by ${driver}`);
onNews("delivered", ({ id, driver }) => `#${id} delivered by ${driver}`);

// ---- What is said to the office.

const ask = (done, command, ...args) => new Promise((resolve) => {
  socket.emit(command, crypto.randomUUID(), ...args, (_, { parcel, refusal }) => {
    console.log(refusal ? `refused: ${refusal}` : done(parcel));
    resolve();
  });
});

const announced = ({ id, what, where }) => `#${id} announced: ${what} for ${where}`;
const commands = [
  [/^pickup (.+?) for (.+)$/, (what, where) => ask(announced, "pickup", what, where)],
  [/^take (\d+)$/, (id) => ask((parcel) => `#${parcel.id} is yours`, "take", Number(id))],
  [/^deliver (\d+)$/, (id) => ask((parcel) => `#${parcel.id} delivered`, "deliver", Number(id))],
];

for await (const line of createInterface({ input: process.stdin })) {
  const [pattern, run] = commands.find(([pattern]) => pattern.test(line)) ?? [];
  if (run) await run(...pattern.exec(line).slice(1));
  else console.log("pickup <what> for <where>, take <number> or deliver <number>");
}
socket.close();
