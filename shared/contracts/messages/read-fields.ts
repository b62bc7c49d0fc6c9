import type { z } from "zod";
import { UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { nearestNames } from "../../words/nearest-names.ts";

/** What is said of a message that cannot be read. */
export interface FieldWords {
  /** A whole message, as JSON. */
  example: string;
  /** By field: what to do where it is missing. */
  missing?: Record<string, string>;
  /** Begins each sentence, where the fields are a part of the message. */
  place?: string;
}

/**
 * Reads the fields of a message, defaults filled in.
 * @throws UserError with a sentence for each fault: unknown fields with the nearest names
 */
export function readFields<Shape extends z.core.$ZodShape>(
  schema: z.ZodObject<Shape>,
  input: unknown,
  words: FieldWords,
): z.output<z.ZodObject<Shape>> {
  const place = words.place ?? "";
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new UserError(`${place}The message must be a JSON object such as ${words.example}.`);
  }
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) => place + sentenceOf(issue, schema, input, words));
  throw new UserError([...new Set(sentences)].join(" "));
}

function sentenceOf(issue: z.core.$ZodIssue, schema: z.ZodObject, input: object, words: FieldWords): string {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownField(key, Object.keys(schema.shape))).join(" ");
  }
  const name = String(issue.path[0]);
  const missing = issue.path.length === 1 && !Object.hasOwn(input, name);
  return missing ? `The field ${name} is missing: ${words.missing?.[name] ?? "give it"}.` : issue.message;
}

function unknownField(key: string, names: string[]): string {
  const near = nearestNames(key, names);
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `the fields are ${names.join(", ")}.`;
  return `There is no field ${key}: ${hint}`;
}
