// The work, as it is done in a tab. ../node/worker.js and ../Examination.cs do the same.

export async function examine({ data }) {
  const bytes = new Uint8Array(data);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const text = readText(bytes);
  if (text === null) return { bytes: bytes.length, sha256 };
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const counts = new Map();
  for (const word of words) counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1);
  const commonest = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
  return { bytes: bytes.length, sha256, lines: text.split("\n").length, words: words.length, commonest };
}

/** Null: it is none. */
function readText(bytes) {
  try {
    return bytes.includes(0) ? null : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
