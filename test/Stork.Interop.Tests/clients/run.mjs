// node run.mjs <scenario> <server url> <client package>[+<parser package>] <transports, with commas> [json for the scenario]
//
// Runs one scenario with one official client. A scenario is a module of scenarios/ whose default export
// is a function of the stage (lib/stage.mjs). What it reports goes to the standard output, one line of JSON each.
// Ends with 0, or with 1 and the error on the standard error.

import { Stage } from "./lib/stage.mjs";

const [scenario, url, client, transports, json = "{}"] = process.argv.slice(2);

// From one report to the next. The tests wait longer than this; who gives up first should be the one that knows what it waited for.
const PatienceMs = 25_000;

const [clientPackage, parserPackage] = client.split("+");
const imported = await import(clientPackage);
const io = imported.io ?? imported.default;
const parser = parserPackage && (await import(parserPackage)).default;
const stage = new Stage({ io, url, parser, transports: transports.split(","), given: JSON.parse(json) });

const giveUp = setTimeout(() => {
  console.error(`${scenario} did not get on for ${PatienceMs / 1000} s; it waits for: ${stage.waitsFor().join("; ") || "nothing known"}`);
  process.exit(1);
}, PatienceMs);
stage.onReport = () => giveUp.refresh();

try {
  const { default: play } = await import(`./scenarios/${scenario}.mjs`);
  await play(stage);
  stage.strike();
  // Not before every connection is properly closed; timers that a closed client left behind do not count.
  setInterval(() => process.getActiveResourcesInfo().some((name) => /TCP|HTTP|GetAddrInfo/i.test(name)) || process.exit(0), 5);
} catch (error) {
  console.error(error);
  process.exit(1);
}
