// Where messages are written: text, an image that was chosen, dropped or pasted, and telling others that something is being typed.

import { byId } from "./dom.js";
import { prepareImage } from "./images.js";

const typingIsToldEvery = 2000;

export class Composer {
  /** @param onSend Called with text and image; throws what the person should read. @param onTyping Called now and then while typing. */
  constructor({ onSend, onTyping }) {
    this.onSend = onSend;
    this.onTyping = onTyping;
    this.image = null;
    this.imageLimit = 0;
    this.typingTold = 0;
    this.text = byId("text");
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("paste", (event) => this.attach(event.clipboardData?.files[0], event));
    byId("composer").addEventListener("submit", (event) => this.submit(event));
    byId("attach").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", ({ target }) => this.attach(target.files[0]));
    byId("detach").addEventListener("click", () => this.detach());
    this.acceptDrops(byId("conversation"));
  }

  get draft() {
    return this.text.value;
  }

  set draft(text) {
    this.text.value = text;
    this.fit();
  }

  focus() {
    // A keyboard that comes up unasked covers half of a phone.
    if (matchMedia("(pointer: fine)").matches) this.text.focus();
  }

  typed() {
    this.fit();
    this.fail("");
    if (!this.text.value || Date.now() - this.typingTold < typingIsToldEvery) return;
    this.typingTold = Date.now();
    this.onTyping();
  }

  pressed(event) {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text && !this.image) return;
    try {
      this.onSend(text, this.image);
    } catch (error) {
      this.fail(error.message);
      return;
    }

    this.draft = "";
    this.detach();
    this.fail("");
    this.typingTold = 0;
    this.text.focus();
  }

  async attach(file, event) {
    if (!file?.type.startsWith("image/")) return;
    event?.preventDefault();
    this.fail("");
    try {
      const image = await prepareImage(file, this.imageLimit);
      this.detach();
      this.image = image;
      byId("preview").src = URL.createObjectURL(new Blob([image.bytes], { type: image.type }));
      byId("attachment-name").textContent = `${image.name}, ${Math.ceil(image.bytes.byteLength / 1024)} KiB`;
      byId("attachment").hidden = false;
      this.text.focus();
    } catch (error) {
      this.fail(error.message);
    }

    byId("file").value = "";
  }

  detach() {
    if (!this.image) return;
    this.image = null;
    URL.revokeObjectURL(byId("preview").src);
    byId("preview").removeAttribute("src");
    byId("attachment").hidden = true;
  }

  acceptDrops(area) {
    const isFile = (event) => event.dataTransfer?.types.includes("Files");
    area.addEventListener("dragover", (event) => {
      if (!isFile(event)) return;
      event.preventDefault();
      area.classList.add("dropping");
    });
    area.addEventListener("dragleave", (event) => !area.contains(event.relatedTarget) && area.classList.remove("dropping"));
    area.addEventListener("drop", (event) => {
      if (!isFile(event)) return;
      event.preventDefault();
      area.classList.remove("dropping");
      this.attach(event.dataTransfer.files[0]);
    });
  }

  fail(message) {
    byId("composer-error").textContent = message;
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }
}
