import { isJsonObject } from "../json/exact-json.ts";
import { kindOf, RowFault } from "./row-fault.ts";

/**
 * Checks the content of a message that is given in parts before anything is paid for it: each part is an object that
 * names its type and has a member of that name, as all types of the chat completions API do (text, image_url,
 * input_audio, file, refusal) and those that other servers add to them.
 * @param place names the message in a sentence: `message 0 of column "messages"`
 * @throws RowFault naming the first part that no provider could take
 */
export function checkContentParts(parts: readonly unknown[], place: string): void {
  if (parts.length === 0) {
    throw new RowFault("empty_content", `has an empty list as the content of ${place}`);
  }
  for (const [at, part] of parts.entries()) {
    const where = `as part ${at} of the content of ${place}`;
    if (!isJsonObject(part)) {
      throw new RowFault(
        "content_not_understood",
        `has ${kindOf(part)} ${where} where {"type": "text", "text": ...} or a part of another type is needed`,
      );
    }
    const { type } = part;
    if (typeof type !== "string") {
      throw new RowFault("content_not_understood", `has an object without "type" ${where}`);
    }
    if (type === "text" ? typeof part.text === "string" : (part[type] ?? null) !== null) continue;
    const lacks = type === "text" ? 'no text in "text"' : `nothing in "${type}"`;
    throw new RowFault("content_not_understood", `has a part of the type "${type}" with ${lacks} ${where}`);
  }
}
