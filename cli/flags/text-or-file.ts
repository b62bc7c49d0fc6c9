import { readFileSync, statSync } from "node:fs";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../shared/errors.ts";

/** The text that a flag gives, or the content of the file that it names: `@path`, or simply the path of a file that is there. */
export function textOrFile(name: string, given: string): string {
  const marked = given.startsWith("@");
  const path = marked ? given.slice(1) : given;
  if (!marked && !isFile(given)) return given;
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    const { message, exitCode } = unreadable(path, cause);
    throw new UserError(`--${name}: ${message}`, { cause, exitCode });
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
