// Small things the other modules share. Text from people only ever becomes text: nothing here or elsewhere parses HTML.

export const byId = (id) => document.getElementById(id);

/** Makes an element; properties whose value is undefined are left out, strings among the children become text. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

/** 128 random bits; crypto.randomUUID would be shorter, but is missing where a page is served without TLS. */
export const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const clock = (date, withSeconds = false) =>
  date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: withSeconds ? "2-digit" : undefined });

export const count = (number, one, many = one + "s") => `${number} ${number === 1 ? one : many}`;

export function duration(milliseconds) {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The colour of a person: one of a few hues that differ well, the same in every tab. How light it is, the colour scheme decides. */
export function paint(node, person) {
  let sum = 0;
  for (const char of person.id) sum = (sum * 31 + char.charCodeAt(0)) % 997;
  node.style.setProperty("--hue", [195, 235, 275, 315, 350, 25, 60, 105, 150][sum % 9]);
  return node;
}

export const avatar = (person) =>
  paint(el("span", { className: "avatar", "aria-hidden": "true" }, [...person.name][0].toUpperCase()), person);
