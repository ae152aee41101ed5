// What this tab knows of each room. Nothing here touches the page or the connection.

/** So many messages of a room stay on the page; the server keeps fewer. */
const maxEntries = 500;

export class Room {
  constructor(name) {
    this.name = name;
    this.peopleCount = 0;
    this.isJoined = false;
    this.isLoaded = false;
    this.people = new Map();
    this.away = new Map();
    this.typing = new Map();
    this.entries = [];
    this.messages = new Map();
    this.unread = 0;
    this.lastNumber = 0;
    /** All messages up to this number have come from the server: their order is that of their numbers. */
    this.got = 0;
    /** What is begun and not sent; the composer writes into it. */
    this.draft = { text: "", image: null };
  }

  /** A message from the server: out of the inbox, from the history, or our own coming back. Tells whether it was news. */
  accept(message, me) {
    const isMine = message.from.id === me.id;
    const key = keyOf(message.id, message.from, isMine);
    this.lastNumber = Math.max(this.lastNumber, message.number);
    this.got = Math.max(this.got, message.number);
    const known = this.messages.get(key);
    if (known) {
      if (known.state !== "sent") this.confirm(known, message);
      else known.deliveredTo = Math.max(known.deliveredTo, message.deliveredTo);
      return { entry: known, isNew: false };
    }

    const image = message.image && message.imageType ? new Blob([message.image], { type: message.imageType }) : undefined;
    const entry = {
      kind: "message", key, id: message.id, from: message.from, isMine, at: new Date(message.at), text: message.text,
      imageUrl: image && URL.createObjectURL(image),
      hadImage: Boolean(message.imageType), state: "sent", deliveredTo: message.deliveredTo, number: message.number,
    };
    this.messages.set(key, entry);
    this.insert(entry);
    return { entry, isNew: true };
  }

  /** A message of our own that the server does not have yet. */
  write(id, me, text, image, at = new Date()) {
    const entry = {
      kind: "message", key: keyOf(id, me, true), id, from: { id: me.id, name: me.name }, isMine: true, at, text,
      imageUrl: image ? URL.createObjectURL(new Blob([image.bytes], { type: image.type })) : undefined,
      hadImage: Boolean(image), bytes: image?.bytes, state: "waiting", deliveredTo: 0,
    };
    this.messages.set(entry.key, entry);
    this.insert(entry);
    return entry;
  }

  /** The server has it: it now has a number, and its place among the others. */
  confirm(entry, { number, at }) {
    Object.assign(entry, { state: "sent", at: new Date(at), number, bytes: undefined });
    this.lastNumber = Math.max(this.lastNumber, number);
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.insert(entry);
  }

  /** The others have the messages up to these numbers. Tells which of our own have got further by that. */
  delivered(numbers) {
    return this.entries.filter((entry) => {
      const count = entry.isMine && entry.state === "sent" ? numbers.filter((number) => number >= entry.number).length : 0;
      if (!(count > entry.deliveredTo)) return false;
      entry.deliveredTo = count;
      return true;
    });
  }

  /** A line between the messages, at the place we had got to. */
  note(text) {
    const entry = { kind: "notice", at: new Date(), text, number: this.lastNumber, state: "sent" };
    this.insert(entry);
    return entry;
  }

  get waiting() {
    return this.entries.filter((entry) => entry.state === "waiting");
  }

  insert(entry) {
    let index = this.entries.length;
    while (index > 0 && isBefore(entry, this.entries[index - 1])) index--;
    this.entries.splice(index, 0, entry);
    if (this.entries.length > maxEntries) this.forgetOldest();
  }

  forgetOldest() {
    const oldest = this.entries.shift();
    oldest.node?.remove();
    if (oldest.key) this.messages.delete(oldest.key);
    if (oldest.imageUrl) URL.revokeObjectURL(oldest.imageUrl);
  }
}

/** Ids are chosen by their authors, and must not meet those of others. */
const keyOf = (id, from, isMine) => `${isMine ? "me" : from.id}/${id}`;

/** What the server has, in its order; then what it does not have yet, in ours. */
function isBefore(entry, other) {
  if ((entry.state === "sent") !== (other.state === "sent")) return entry.state === "sent";
  if (entry.state !== "sent") return false;
  return entry.number < other.number;
}
