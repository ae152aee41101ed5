// Lines of JSON in which binary values and dates have a form of their own.

export const fromLine = (line) =>
  JSON.parse(line, (_, value) => {
    if (value?.$binary !== undefined) return Buffer.from(value.$binary, "base64");
    return value?.$date !== undefined ? new Date(value.$date) : value;
  });

export const toLine = (value) =>
  JSON.stringify(value, (_, part) => (part?.type === "Buffer" && Array.isArray(part.data) ? { $binary: Buffer.from(part.data).toString("base64") } : part));
