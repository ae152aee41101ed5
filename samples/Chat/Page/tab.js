// Tells tabs apart: one that was duplicated begins with a copy of the other's storage, but has to have a place of its own in the inbox.

import { randomId } from "./dom.js";

/** @returns The id, or a new one if a tab that is open has it. Where pages are served without TLS, browsers do not tell. */
export async function claimTab(id) {
  while (navigator.locks && !(await isFree(id))) id = randomId();
  return id;
}

/** Takes the lock of this name, if it can, for as long as the page lives. */
const isFree = (id) => new Promise((resolve) => {
  navigator.locks.request(`tab ${id}`, { ifAvailable: true }, (lock) => {
    resolve(lock !== null);
    return lock && new Promise(() => {});
  });
});
