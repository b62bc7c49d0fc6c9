import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { UserError } from "../../errors.ts";

type JsonSchema = Record<string, unknown>;

/** Keywords that a hostile answer could make a check take forever with. */
const UNBOUNDED = ["pattern", "patternProperties", "uniqueItems"];
/** A judge asks by one schema for hours; some jobs at once. */
const MOST_COMPILED = 32;

const compiled = new Map<string, ValidateFunction>();

/**
 * Whether an answer keeps to a JSON schema (draft 2020-12; `format` is left to the model).
 * @returns what is wrong first, undefined if nothing is
 */
export function answerFault(schema: JsonSchema, answer: unknown): string | undefined {
  const validate = compiledOnce(schema);
  if (validate(answer)) return undefined;
  const { instancePath = "", message = "is not allowed" } = validate.errors?.[0] ?? {};
  return `${instancePath === "" ? "the answer" : instancePath} ${message}`;
}

/** @throws UserError if no answer could be checked by it */
export function requireCheckable(schema: JsonSchema, source: string): void {
  const unbounded = findKeyword(schema);
  if (unbounded !== undefined) {
    throw new UserError(
      `--schema: ${source} has "${unbounded}", which cannot be checked in bounded time: leave it out, or list the values by "enum".`,
    );
  }
  try {
    compiledOnce(schema);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.replace(/\s+/g, " ") : String(cause);
    throw new UserError(`--schema: ${source} does not compile (${words}): mend it there.`, { cause });
  }
}

function compiledOnce(schema: JsonSchema): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known) return known;
  // Each schema has a checker of its own: two jobs' schemas may have one $id.
  const { $schema: _, ...own } = schema;
  const made = new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(own);
  if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value!);
  compiled.set(text, made);
  return made;
}

/** A property may be called like a keyword: properties' names are no keywords. */
function findKeyword(value: unknown, areNames = false): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    if (!areNames && !Array.isArray(value) && UNBOUNDED.includes(key)) return key;
    if (key === "enum" || key === "const" || key === "default" || key === "examples") continue;
    const found = findKeyword(part, !areNames && ["properties", "$defs", "definitions"].includes(key));
    if (found !== undefined) return found;
  }
  return undefined;
}
