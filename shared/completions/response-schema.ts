import { isJsonObject } from "../datasets/json/exact-json.ts";
import { UserError } from "../errors.ts";

/**
 * The `response_format` member that makes a model answer in a JSON schema, strictly. Takes the schema alone, or the
 * provider's wrapper {name, schema}.
 * @param label names the schema where it does not name itself
 * @throws UserError naming the place where it breaks the rules of strict schemas, which every request would fail by
 */
export function responseFormat(text: string, source: string, label: string): Record<string, unknown> {
  const given = parsed(text, source);
  const wrapped = isJsonObject(given.schema) && !("type" in given);
  const schema = wrapped ? (given.schema as Record<string, unknown>) : given;
  if (schema.type !== "object") throw wrong(source, "its type", 'must be "object" at the top');
  checkStrict(schema, "", source);
  const name = wrapped && typeof given.name === "string" ? given.name : label;
  const description =
    wrapped && typeof given.description === "string" ? { description: given.description } : {};
  return {
    type: "json_schema",
    json_schema: { name: plainName(name), ...description, strict: true, schema },
  };
}

function parsed(text: string, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message.replace(/\s+/g, " ") : "";
    throw new UserError(`--schema: ${source} is not valid JSON (${words}): give a JSON schema.`, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new UserError(
    `--schema: ${source} holds no object: give a JSON schema such as {"type": "object", ...}.`,
  );
}

/** Strict schemas: each object lists all its properties as required and forbids others. */
function checkStrict(schema: Record<string, unknown>, path: string, source: string): void {
  const here = path === "" ? "its top" : path.slice(1);
  if (isJsonObject(schema.properties)) {
    if (schema.additionalProperties !== false) {
      throw wrong(source, here, 'needs "additionalProperties": false');
    }
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const missing = Object.keys(schema.properties).filter((name) => !required.has(name));
    if (missing.length > 0) throw wrong(source, here, `must list ${missing.join(", ")} in "required"`);
  } else if (schema.type === "object") {
    throw wrong(source, here, 'is an object without "properties"');
  }
  for (const key of ["properties", "$defs", "definitions"]) {
    if (!isJsonObject(schema[key])) continue;
    for (const [name, part] of Object.entries(schema[key])) {
      if (isJsonObject(part)) checkStrict(part, `${path}.${name}`, source);
    }
  }
  if (isJsonObject(schema.items)) checkStrict(schema.items, `${path}.items`, source);
  for (const [index, part] of (Array.isArray(schema.anyOf) ? schema.anyOf : []).entries()) {
    if (isJsonObject(part)) checkStrict(part, `${path}.anyOf.${index}`, source);
  }
}

function wrong(source: string, place: string, what: string): UserError {
  return new UserError(`--schema: ${source} is no strict schema: ${place} ${what}.`);
}

/** A name as the provider takes it: letters, digits, _ and -, at most 64. */
function plainName(name: string): string {
  return name.replaceAll(/[^\w-]+/g, "_").slice(0, 64) || "answer";
}
