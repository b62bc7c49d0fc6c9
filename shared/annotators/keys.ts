import { messageOf } from "../errors.ts";
import type { Annotator } from "./annotator.ts";

/** `key` is undefined where the endpoint needs none; `fault` is a sentence for the user that never shows the key. */
export type KeyStatus = { ok: true; key: string | undefined } | { ok: false; fault: string };

/**
 * The annotator's key, or why there is none that could be used.
 * @param readVariable gives the value of a variable (or of the file that NAME_FILE points to), undefined when unset
 */
export function keyStatus(
  annotator: Pick<Annotator, "name" | "keyVariable">,
  readVariable: (name: string) => string | undefined,
): KeyStatus {
  const { name, keyVariable: variable } = annotator;
  if (variable === null) return { ok: true, key: undefined };
  let value: string | undefined;
  try {
    value = readVariable(variable);
  } catch (error) {
    return { ok: false, fault: messageOf(error) };
  }
  if (value === undefined || value === "") return { ok: false, fault: missingKey(name, variable) };
  const key = value.trim();
  if (key === "") return { ok: false, fault: unusable(variable, "holds only white space") };
  if (/[\r\n]/.test(key)) return { ok: false, fault: unusable(variable, "has a line break inside") };
  if (!/^[\x21-\x7e]+$/.test(key)) {
    return { ok: false, fault: unusable(variable, "holds a space or a character that no key has") };
  }
  return { ok: true, key };
}

/** Said where the caller's environment has the key and the running system's has not: they are different processes. */
export function keyOnlyWithCaller(annotator: string, variable: string): string {
  return (
    `${variable} is set here but not in the running system, and annotator ${annotator} needs it there: ` +
    'run "assay down" and then "assay up" in this shell.'
  );
}

function missingKey(annotator: string, variable: string): string {
  return (
    `${variable} is not set, and annotator ${annotator} needs a key: export ${variable}=<your key>, ` +
    `or set ${variable}_FILE to the path of a file that holds it.`
  );
}

function unusable(variable: string, what: string): string {
  return `${variable} ${what}: set it to the key alone, on one line.`;
}
