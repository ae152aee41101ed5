// Small things the other modules share. What comes from outside only ever becomes text: nothing here or elsewhere parses HTML.

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

export const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const count = (number, one, many = one + "s") => `${number} ${number === 1 ? one : many}`;

export const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
