import { readFileSync } from "node:fs";
import { ENTRY_FIELDS, RegistryEntry } from "../../shared/annotators/registry/registry-schema.ts";
import { MODEL_FIELDS } from "../../shared/contracts/messages/generate-message.ts";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { readYaml } from "../../shared/yaml/read-yaml.ts";

/** What a file says of models: the entries of a message, and the annotators that it describes itself. */
export interface ModelsFile {
  models: (string | Record<string, unknown>)[];
  /** Fields of the file of annotators, by name. */
  described: Record<string, Record<string, unknown>>;
}

const SHAPE = "write a list of names, or of entries with annotator: and what the model has of its own";
/** Fields that are the annotator's where it is described, and the job's own where it is not, mean the same. */
const DESCRIBING = ENTRY_FIELDS[""]!.filter((field) => !MODEL_FIELDS.includes(field));
const KEY_FIELD = /(key|token|secret|password|authorization|bearer)$/i;

/**
 * Reads a YAML list of models. An entry may also describe where its model is, by the fields of the file of annotators.
 * @throws UserError naming the file, the entry and the field
 */
export function readModelsFile(path: string): ModelsFile {
  const list = parsed(path);
  if (!Array.isArray(list) || list.length === 0) throw new UserError(`${path} lists no models: ${SHAPE}.`);
  const described: ModelsFile["described"] = {};
  const models = list.map((entry: unknown, at) => {
    if (typeof entry === "string") return entry;
    const place = `${path}, entry ${at + 1}`;
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw new UserError(`${place} is neither a name nor a map: ${SHAPE}.`);
    const { own, describing } = sorted(entry as Record<string, unknown>, place);
    if (Object.keys(describing).length > 0) add(described, String(own.annotator), describing, place);
    return own;
  });
  return { models, described };
}

function parsed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { message, exitCode } = unreadable(path, cause);
    throw new UserError(`The file of models ${message}`, { cause, exitCode });
  }
  return readYaml(text, path).value;
}

function sorted(entry: Record<string, unknown>, place: string) {
  const own: Record<string, unknown> = {};
  const describing: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(entry)) {
    if (DESCRIBING.includes(field)) describing[field] = value;
    else if (MODEL_FIELDS.includes(field)) own[field] = value;
    else throw unknownField(field, place);
  }
  if (typeof own.annotator !== "string" || own.annotator === "")
    throw new UserError(`${place} has no annotator: name the model.`);
  return { own, describing };
}

function unknownField(field: string, place: string): UserError {
  if (KEY_FIELD.test(field))
    return new UserError(
      `${place} has the field ${field}: a key does not belong in this file, put it in an environment variable and name that with key_variable.`,
    );
  const near = nearestNames(field, [...MODEL_FIELDS, ...DESCRIBING]);
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `there are ${MODEL_FIELDS.join(", ")}.`;
  return new UserError(`${place} has an unknown field ${field}: ${hint}`);
}

function add(
  described: ModelsFile["described"],
  name: string,
  fields: Record<string, unknown>,
  place: string,
): void {
  const checked = RegistryEntry.safeParse(fields);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const field = issue!.path.join(".");
    throw new UserError(`${place}${field === "" ? "" : `, field ${field}`}: ${issue!.message}.`);
  }
  const before = described[name];
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(fields))
    throw new UserError(
      `${place} describes ${name} in another way than an entry before: give it another annotator.`,
    );
  described[name] = fields;
}
