// Takes the browser files of one release of socket.io-client from npm, for ClientBundle.targets.
//
//   node fetch.mjs <version> <directory>
//
// <version>.sha256 beside this script lists the files and the bytes they must have (the format of sha256sum).
// The directory appears in one rename, complete and checked, so builds that run at the same time cannot disturb
// one another: the first rename wins, the others find their work done.
//
// Exit code 0: the directory is there. 1: npm could not be had, the build goes on. 3: npm delivered other bytes
// than those listed, which is never harmless. The standard output tells why.

import { execSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NpmTimeoutMs = 120_000;
const WrongBytes = 3;

const [version, target] = process.argv.slice(2);

// npm resolves everything below the working directory given to it, so no path needs quoting for a shell.
const install = [
  "npm install --prefix . --no-save --ignore-scripts --no-audit --no-fund --no-package-lock --prefer-offline",
  "--fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=30000",
  `socket.io-client@${version}`,
].join(" ");

function expectedFiles() {
  const list = join(dirname(fileURLToPath(import.meta.url)), `${version}.sha256`);
  return readFileSync(list, "utf8").trim().split(/\r?\n/).map((line) => line.split(/ [ *]/));
}

function installInto(directory) {
  try {
    execSync(install, { cwd: directory, stdio: "pipe", timeout: NpmTimeoutMs, encoding: "utf8" });
  } catch (error) {
    if (error.code === "ETIMEDOUT") throw new Error(`npm did not finish within ${NpmTimeoutMs / 1000} s`);
    const lines = (error.stderr ?? "").split(/\r?\n/).filter((line) => line.trim() && !/^npm warn/i.test(line));
    throw new Error(lines.slice(0, 2).join("; ") || error.message);
  }
}

// Written anew rather than copied: files of an npm package date from 1985, and the compiler would take them for unchanged.
function place(source, destination, hash) {
  const bytes = readFileSync(source);
  if (createHash("sha256").update(bytes).digest("hex") !== hash) {
    throw Object.assign(new Error(`${basename(source)} has not the bytes listed in ${version}.sha256`), { exitCode: WrongBytes });
  }
  writeFileSync(destination, bytes);
}

function fetchInto(scratch) {
  const files = expectedFiles();
  installInto(scratch);
  const bundle = join(scratch, "bundle");
  mkdirSync(bundle);
  for (const [hash, name] of files) {
    place(join(scratch, "node_modules", "socket.io-client", "dist", name), join(bundle, name), hash);
  }
  writeFileSync(join(bundle, "version"), version);
  try {
    renameSync(bundle, target);
  } catch (error) {
    if (!existsSync(join(target, "version"))) throw error;
  }
}

let scratch;
try {
  mkdirSync(dirname(target), { recursive: true });
  scratch = mkdtempSync(join(dirname(target), "fetch-"));
  fetchInto(scratch);
} catch (error) {
  console.log(error.message);
  process.exitCode = error.exitCode ?? 1;
} finally {
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}
