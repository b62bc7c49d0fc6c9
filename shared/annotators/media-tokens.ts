/**
 * What a part of a message that is no text takes of a model's tokens. Its bytes say nothing of that: providers cut an
 * image into tiles, and charge each tile the same. So it is an amount for each kind of part: for an image what OpenAI
 * charges for the largest one it looks at (8 tiles of 170 and 85 for the whole), and as much for others.
 */
const LARGEST_IMAGE = 8 * 170 + 85;
const SMALL_IMAGE = 85;

const MEDIA = new Set([
  "image_url",
  "input_image",
  "image",
  "input_audio",
  "audio_url",
  "video_url",
  "file",
  "input_file",
  "document",
]);

/** Undefined: the part is no image, sound, film or file. */
export function mediaTokens(part: unknown): number | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  const { type, image_url: image, detail } = part as Record<string, unknown>;
  if (typeof type !== "string" || !MEDIA.has(type)) return undefined;
  const inner = typeof image === "object" && image !== null ? (image as { detail?: unknown }).detail : detail;
  return inner === "low" ? SMALL_IMAGE : LARGEST_IMAGE;
}
