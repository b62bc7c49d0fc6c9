import { isObject } from "../json-values.ts";

export type Block = Record<string, unknown> & { type: string };

/** A chat that cannot be said; its message is a sentence for the row. */
export class Unsaid extends Error {
  override name = "Unsaid";
}

const DATA_URL = /^data:([^;,]+);base64,(.*)$/s;

/** OpenAI's content parts as the Messages API has them; blocks of its own pass as they are. */
export function blocksOf(content: unknown, role: string): Block[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content))
    throw new Unsaid(`The content of a message of role ${role} is neither text nor parts.`);
  return content.map(blockOf);
}

function blockOf(part: unknown): Block {
  if (!isObject(part) || typeof part.type !== "string") throw new Unsaid("A content part names no type.");
  switch (part.type) {
    case "image_url":
      return {
        type: "image",
        source: imageSource(isObject(part.image_url) ? part.image_url.url : part.image_url),
      };
    case "file":
      return { type: "document", source: fileSource(part.file) };
    case "refusal":
      return { type: "text", text: part.refusal };
    case "input_audio":
      throw new Unsaid("The Messages API takes no audio.");
    default:
      return part as Block;
  }
}

function imageSource(url: unknown): object {
  if (typeof url !== "string") throw new Unsaid("An image names no address.");
  const data = DATA_URL.exec(url);
  return data === null ? { type: "url", url } : { type: "base64", media_type: data[1], data: data[2] };
}

function fileSource(file: unknown): object {
  const given = isObject(file) && typeof file.file_data === "string" ? file.file_data : undefined;
  const data = given === undefined ? null : DATA_URL.exec(given);
  if (data === null)
    throw new Unsaid("The Messages API takes files as data only, not by an id at another provider.");
  return { type: "base64", media_type: data[1], data: data[2] };
}
