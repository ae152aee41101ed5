// Sends what comes in one turn of the event loop as one batch, and meanwhile gathers the next one: no more are under way
// than there are lanes.
export class Batches {
  #send;
  #lanes;
  #next = new Batch();
  #isScheduled = false;

  // send(items, lane) returns a promise; lanes are the things that can send one batch at a time, connections for example.
  constructor(send, lanes) {
    this.#send = send;
    this.#lanes = [...lanes];
  }

  // A promise of the batch that this goes with.
  add(item) {
    this.#next.items.push(item);
    this.#schedule();
    return this.#next.sent;
  }

  #schedule() {
    if (this.#isScheduled || this.#lanes.length === 0 || this.#next.items.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  async #flush() {
    const [batch, lane] = [this.#next, this.#lanes.pop()];
    this.#next = new Batch();
    this.#isScheduled = false;
    batch.end(await this.#send(batch.items, lane));
    this.#lanes.push(lane);
    this.#schedule();
  }
}

class Batch {
  items = [];
  sent = new Promise((resolve) => (this.end = resolve));
}
