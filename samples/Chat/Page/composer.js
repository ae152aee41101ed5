// Where messages are written: text, an image that was chosen, dropped or pasted, and telling others that something is being typed.

import { byId } from "./dom.js";
import { prepareImage } from "./images.js";

const typingIsToldEvery = 2000;

export class Composer {
  /**
   * @param onSend Called with text and image; throws what the person should read.
   * @param onTyping Called now and then while typing.
   * @param onChange Called when there is more or less in the draft.
   */
  constructor({ onSend, onTyping, onChange }) {
    Object.assign(this, { onSend, onTyping, onChange });
    this.draft = { text: "", image: null };
    this.imageLimit = 0;
    this.typingTold = 0;
    this.text = byId("text");
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("paste", (event) => this.attach(imageAmong(event.clipboardData.files), event));
    window.addEventListener("resize", () => this.fit());
    byId("composer").addEventListener("submit", (event) => this.submit(event));
    byId("attach").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", ({ target }) => this.choose(target));
    byId("detach").addEventListener("click", () => this.detach());
    this.acceptDrops(byId("conversation"));
  }

  /** Goes on with a draft; what is typed and attached from now on becomes part of it. */
  open(draft) {
    this.draft = draft;
    this.text.value = draft.text;
    this.fit();
    this.showImage();
    this.fail("");
  }

  focus() {
    // A keyboard that comes up unasked covers half of a phone.
    if (matchMedia("(pointer: fine)").matches) this.text.focus();
  }

  typed() {
    this.draft.text = this.text.value;
    this.onChange();
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
    const { draft } = this;
    const text = draft.text.trim();
    if (!text && !draft.image) return;
    try {
      this.onSend(text, draft.image);
    } catch (error) {
      this.fail(error.message);
      return;
    }

    Object.assign(draft, { text: "", image: null });
    this.onChange();
    this.open(draft);
    this.typingTold = 0;
    this.text.focus();
  }

  choose(input) {
    this.attach(input.files[0]);
    // Chosen again, it is a change again.
    input.value = "";
  }

  async attach(file, event) {
    if (!file) return;
    event?.preventDefault();
    this.fail("");
    const { draft } = this;
    let failure = "";
    try {
      draft.image = await prepareImage(file, this.imageLimit);
    } catch (error) {
      failure = error.message;
    }

    // Meanwhile another room may have been opened.
    if (draft !== this.draft) return;
    this.showImage();
    this.fail(failure);
    if (!failure) this.text.focus();
  }

  detach() {
    this.draft.image = null;
    this.showImage();
    this.text.focus();
  }

  showImage() {
    const { image } = this.draft;
    const preview = byId("preview");
    URL.revokeObjectURL(preview.src);
    preview.removeAttribute("src");
    byId("attachment").hidden = !image;
    if (!image) return;
    preview.src = URL.createObjectURL(new Blob([image.bytes], { type: image.type }));
    byId("attachment-name").textContent = `${image.name}, ${Math.ceil(image.bytes.byteLength / 1024)} KiB`;
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

const imageAmong = (files) => [...files].find((file) => file.type.startsWith("image/"));
