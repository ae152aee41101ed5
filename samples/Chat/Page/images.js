// Makes any image the browser can read small enough to be sent.

const accepted = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const longestEdges = [1600, 1200, 800, 500];

/** @returns The bytes as the server takes them. @throws Error with a message for people. */
export async function prepareImage(file, maxBytes) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is not an image that this browser can read.`);
  }

  // Small ones go as they are: a GIF keeps moving, a PNG keeps its transparency.
  if (accepted.includes(file.type) && file.size <= maxBytes) return { bytes: await file.arrayBuffer(), type: file.type, name: file.name };
  for (const edge of longestEdges) {
    const blob = await shrink(bitmap, edge);
    if (blob && blob.size <= maxBytes) return { bytes: await blob.arrayBuffer(), type: blob.type, name: file.name };
  }

  throw new Error(`${file.name} stays too large, however small it is made.`);
}

function shrink(bitmap, edge) {
  const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  // JPEG knows no transparency, and would make it black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}
