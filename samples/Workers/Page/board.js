// What the server tells about its queues, drawn.

import { byId, clock, count, el } from "./dom.js";

/** How attempts end, in words for people. */
const outcomes = {
  Nacked: "failed",
  TimedOut: "did not answer in time",
  LostOldest: "was lost with it",
  Lost: "was lost",
  Crashed: "died with it",
  BesideCrash: "died beside it",
  Released: "gave it back",
  Superseded: "got it again",
};

/** Dead letters whose history is open, kept over drawing anew. */
const open = new Set();

export function draw(board) {
  const inWork = board.jobs.filter((job) => job.state === "inFlight");
  const waiting = board.jobs.filter((job) => job.state !== "inFlight");
  fill("workers", board.workers.map(drawWorker));
  fill("waiting", waiting.map(drawWaiting), board.waiting);
  fill("in-work", inWork.map(drawInWork), board.inWork);
  fill("done", board.results.map(drawResult), board.done);
  fill("dead", board.deadLetters.map(drawDead), board.dead);
  byId("redrive").disabled = board.dead === 0;
  byId("fixed").checked = board.fixed;
}

function fill(id, nodes, total) {
  const list = byId(id);
  list.replaceChildren(...nodes);
  if (total === undefined) return;
  byId(`${id}-count`).textContent = total;
  // Behind the first thirty.
  if (total > nodes.length && nodes.length > 0) list.append(el("li", { className: "more" }, `and ${total - nodes.length} more`));
}

const card = (job, ...lines) =>
  el("li", { className: "card", "data-job": job.name },
    el("strong", { className: job.poison ? "name poison" : "name" }, job.name),
    ...lines);

const line = (text, className = "soft") => el("p", { className }, text);

const drawWorker = ({ name, job }) =>
  el("li", { "data-worker": name },
    el("span", { className: job ? "dot busy" : "dot", "aria-hidden": "true" }),
    el("span", {}, name, el("small", {}, job ? `has ${job}` : "idle")));

const drawWaiting = (job) =>
  card(job, line(job.failures === 0 ? "waits for a worker" : `failed ${count(job.failures, "time")}, is tried again`));

const drawInWork = (job) =>
  card(job, line(job.by ?? "somebody", "by"), job.failures > 0 ? line(`failed ${count(job.failures, "time")} before`) : null);

function drawResult(result) {
  const text = result.words == null ? null
    : `${count(result.words, "word")} in ${count(result.lines, "line")}${result.commonest ? `, mostly “${result.commonest}”` : ""}`;
  return card(result,
    line(result.by, "by"),
    line(text ?? "no text"),
    line(`${count(result.bytes, "byte")}, SHA-256 ${result.sha256.slice(0, 12)}…`));
}

function drawDead(letter) {
  const attempts = letter.attempts.map((past) =>
    el("li", {},
      el("time", {}, clock(new Date(past.at))),
      ` ${past.by} ${outcomes[past.outcome] ?? past.outcome}`,
      past.error ? el("q", {}, past.error) : null));
  const history = el("details", { open: open.has(letter.id) },
    el("summary", {}, count(letter.attempts.length, "attempt")), el("ol", {}, ...attempts));
  history.addEventListener("toggle", () => (history.open ? open.add(letter.id) : open.delete(letter.id)));
  return card({ name: letter.name, poison: true }, line(letter.error || letter.reason, "error"), history);
}
