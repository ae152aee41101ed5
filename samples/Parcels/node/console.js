// What a shop or a driver has before it, with the official client:
//
//     node samples/Parcels/node/console.js shop bakery       pickup bread for 1 Main Street
//     node samples/Parcels/node/console.js driver anna       take 1, deliver 1
//
// --urls says where the server listens, --data where its data is, with the token: the same as for the server.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { io } from "socket.io-client";

const { positionals: [role, name], values: { urls, data } } = parseArgs({
  allowPositionals: true,
  options: {
    urls: { type: "string", default: "http://localhost:3100" },
    data: { type: "string", default: join(import.meta.dirname, "..", "data") },
  },
});
if (!["shop", "driver"].includes(role) || !name) {
  console.error('Who? "shop bakery" or "driver anna", for instance.');
  process.exit(1);
}

const tokenFile = join(data, "tokens", `${role}-${name}`);
if (!existsSync(tokenFile)) {
  console.error(`There is no ${tokenFile}. The server makes it: dotnet run --project samples/Parcels/Server -- invite ${role} ${name}`);
  process.exit(1);
}

const input = createInterface({ input: process.stdin, output: process.stdin.isTTY ? process.stdout : undefined, prompt: `${name} > ` });

/** News may come while somebody types: it takes the place of the prompt, which comes again below it with what was typed. */
function say(text) {
  if (!process.stdin.isTTY) return console.log(text);
  process.stdout.write(`\r\x1b[K${text}\n`);
  input.prompt(true);
}

const socket = io(urls, {
  auth: { token: readFileSync(tokenFile, "utf8") },
  reconnectionDelay: 200,
  reconnectionDelayMax: 2000,
  // Commands are sent one after the other, each again and again until it is answered. The office carries it out once.
  retries: Infinity,
  ackTimeout: 2000,
});
socket.on("connect", () => say(`connected as ${role} ${name}`));
socket.on("disconnect", (reason) => reason === "io client disconnect" || say("connection lost"));
socket.on("connect_error", (error) => {
  // The client goes on by itself unless the server refused it.
  if (socket.active) return;
  console.error(error.message);
  process.exit(1);
});

// ---- What the office has to say. It waits in an inbox until it is acknowledged, and may come twice: the ids of what was shown are in a
// file.

mkdirSync(join(data, "seen"), { recursive: true });
const seenFile = join(data, "seen", `${role}-${name}`);
const seen = new Set(existsSync(seenFile) ? readFileSync(seenFile, "utf8").split("\n").filter(Boolean).slice(-1000) : []);
writeFileSync(seenFile, [...seen].map((id) => id + "\n").join(""));

const onNews = (what, show) => socket.on(what, (parcel, { id }, acknowledge) => {
  if (!seen.has(id)) {
    say(show(parcel));
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
    say(refusal ? `refused: ${refusal}` : done(parcel));
    resolve();
  });
});

const announced = ({ id, what, where }) => `#${id} announced: ${what} for ${where}`;
const commands = [
  [/^pickup (.+?) for (.+)$/, (what, where) => ask(announced, "pickup", what, where)],
  [/^take (\d+)$/, (id) => ask((parcel) => `#${parcel.id} is yours`, "take", Number(id))],
  [/^deliver (\d+)$/, (id) => ask((parcel) => `#${parcel.id} delivered`, "deliver", Number(id))],
];

for await (const line of input) {
  const [pattern, run] = commands.find(([pattern]) => pattern.test(line)) ?? [];
  if (run) await run(...pattern.exec(line).slice(1));
  else say("pickup <what> for <where>, take <number> or deliver <number>");
}
socket.close();
