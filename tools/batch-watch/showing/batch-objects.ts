import { readFile } from "node:fs/promises";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { unreadable } from "../../../shared/datasets/reading/file-bytes.ts";
import { kindOf } from "../../../shared/datasets/recipes/row-fault.ts";
import { UserError } from "../../../shared/errors.ts";

const BATCH_ID = /^[\w-]+$/;

/**
 * The ids of a `batch_objects.json`, whoever wrote it: a JSON array, a list as the provider gives it ({"data": [...]}),
 * one object, or an object a line; of an object only `id` counts, and a text is an id. Each batch once, in the file's order.
 * @throws UserError naming what is no batch
 */
export async function readBatchObjects(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  const values = valuesOf(text.replace(/^\uFEFF/, ""), path);
  if (values.length === 0) throw new UserError(`${path} names no batch: is it the right file?`);
  return [...new Set(values.map(({ value, place }) => idOf(value, place)))];
}

interface Placed {
  value: unknown;
  place: string;
}

function valuesOf(text: string, path: string): Placed[] {
  const whole = parsed(text);
  if (whole === undefined) return linesOf(text, path);
  const list = isJsonObject(whole) && Array.isArray(whole.data) ? whole.data : whole;
  if (!Array.isArray(list)) return [{ value: list, place: path }];
  return list.map((value, index) => ({ value, place: `${path} entry ${index + 1}` }));
}

function linesOf(text: string, path: string): Placed[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const place = `${path} line ${index + 1}`;
    const value = parsed(line);
    if (value !== undefined) return [{ value, place }];
    throw new UserError(
      `${place} is not valid JSON: give a JSON array of batch objects, or one object a line; a file cut short lacks its end.`,
    );
  });
}

/** Undefined where it is no JSON, which no JSON text means. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function idOf(value: unknown, place: string): string {
  const id = isJsonObject(value) ? value.id : value;
  if (typeof id === "string" && BATCH_ID.test(id)) return id;
  const what = isJsonObject(value) ? `has ${kindOf(id)} as id` : `is ${kindOf(value)}`;
  throw new UserError(`${place} ${what}: a batch object has an id such as "batch_abc123".`);
}
