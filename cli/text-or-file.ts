import { readFileSync, statSync } from "node:fs";
import { messageOf, UserError } from "../shared/errors.ts";

/** The text that a flag gives, or the content of the file that it names: `@path`, or simply the path of a file that is there. */
export function textOrFile(name: string, given: string): string {
  const marked = given.startsWith("@");
  const path = marked ? given.slice(1) : given;
  if (!marked && !isFile(given)) return given;
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new UserError(`--${name} names the file ${path}, which cannot be read (${messageOf(cause)}).`, {
      cause,
    });
  }
}

function isFile(text: string): boolean {
  try {
    return statSync(text, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // Too long for a path: a text.
    return false;
  }
}
