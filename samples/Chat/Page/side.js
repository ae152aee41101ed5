// The lists beside the conversation: rooms with their unread counts, and who is in the one that is open.

import { avatar, byId, el } from "./dom.js";

export class Side {
  constructor({ onOpen, onLeave }) {
    this.onOpen = onOpen;
    this.onLeave = onLeave;
    this.items = new Map();
    this.list = byId("rooms");
    byId("menu").addEventListener("click", () => this.toggle());
    byId("shade").addEventListener("click", () => this.toggle(false));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
  }

  /** On narrow screens the lists lie over the conversation when asked for. */
  toggle(isOpen = !document.body.classList.contains("side-open")) {
    document.body.classList.toggle("side-open", isOpen);
    byId("menu").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.list.querySelector("button")?.focus();
    else if (byId("side").contains(document.activeElement)) byId("menu").focus();
  }

  showRooms(rooms, current, permanent) {
    const sorted = [...rooms.values()].sort((one, other) =>
      other.isJoined - one.isJoined || (other.name === permanent) - (one.name === permanent) || one.name.localeCompare(other.name));
    for (const name of this.items.keys()) if (!rooms.has(name)) this.items.delete(name);
    const nodes = sorted.map((room) => this.refresh(room, room === current, room.name !== permanent));
    const isSame = nodes.length === this.list.children.length && nodes.every((node, index) => this.list.children[index] === node);
    if (isSame) return;
    const focused = document.activeElement;
    this.list.replaceChildren(...nodes);
    if (this.list.contains(focused)) focused.focus();
  }

  refresh(room, isCurrent, canLeave) {
    const item = this.items.get(room.name) ?? this.make(room.name);
    item.classList.toggle("joined", room.isJoined);
    item.open.toggleAttribute("aria-current", isCurrent);
    item.people.textContent = room.peopleCount > 0 ? String(room.peopleCount) : "";
    item.people.title = `${room.peopleCount} here`;
    item.badge.hidden = room.unread === 0;
    item.badge.textContent = room.unread > 99 ? "99+" : String(room.unread);
    item.badge.setAttribute("aria-label", `${room.unread} unread`);
    item.leave.hidden = !room.isJoined || !canLeave;
    return item;
  }

  make(name) {
    const people = el("span", { className: "people-count" });
    const badge = el("span", { className: "badge", hidden: true });
    const open = el("button", { type: "button", className: "room" }, el("span", { className: "room-name" }, name), badge, people);
    const leave = el("button", { type: "button", className: "icon leave", "aria-label": `Leave ${name}`, title: "Leave" }, "×");
    open.addEventListener("click", () => this.onOpen(name));
    leave.addEventListener("click", () => this.onLeave(name));
    const item = Object.assign(el("li", {}, open, leave), { open, people, badge, leave });
    item.dataset.room = name;
    this.items.set(name, item);
    return item;
  }

  showPeople(room, me) {
    const sorted = (people) => [...people.values()].sort((one, other) =>
      (other.id === me.id) - (one.id === me.id) || one.name.localeCompare(other.name));
    byId("away").replaceChildren(...sorted(room.away).map((person) =>
      el("li", {}, avatar(person), el("span", { className: "person-name" }, person.name))));
    byId("away-heading").hidden = room.away.size === 0;
    byId("people").replaceChildren(...sorted(room.people).map((person) => {
      const item = el("li", {}, avatar(person), el("span", { className: "person-name" }, person.name));
      if (person.id === me.id) item.append(el("span", { className: "you" }, "you"));
      else if (room.typing.has(person.id)) item.append(el("span", { className: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")));
      return item;
    }));
    const names = [...room.typing.values()].map(({ name }) => name);
    byId("typing").textContent = names.length === 0 ? ""
      : names.length > 3 ? "Several people are typing…"
      : `${names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are` : `${names[0]} is`} typing…`;
  }
}
