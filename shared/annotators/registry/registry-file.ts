import { type Document, isMap, isNode, isPair, isScalar, type Pair, visit } from "yaml";
import type { z } from "zod";
import { messageOf, UserError } from "../../errors.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { readYaml, type YamlText } from "../../yaml/read-yaml.ts";
import { ANNOTATOR_NAME, type Annotator } from "../annotator.ts";
import { annotatorOf, EntryFault } from "./registry-entry.ts";
import { ENTRY_FIELDS, RegistryEntry } from "./registry-schema.ts";

/** Field names under which a person would write a key itself. */
const KEY_FIELD = /^(api[-_]?)?(key|token|secret|password)$|^(auth|authorization|bearer)$/i;
/** Values that are a key and nothing else. */
const KEY_VALUE = /^(bearer\s+\S+|(sk|pk|gsk|hf|xai|nvapi|tgp|key)[-_][A-Za-z0-9_-]{16,})$/i;
const KEY_WAY_OUT =
  "a key does not belong in this file: put it in an environment variable and name that with key_variable";

type Source = YamlText & { file: string };

/**
 * The annotators that a YAML file describes, in its order.
 * @param baseOf the annotator that an entry of this name changes; undefined where it changes none
 * @throws UserError naming file, line, entry, field and the way out, for every fault at once
 */
export function annotatorsOfFile(
  text: string,
  file: string,
  baseOf: (name: string, entry: RegistryEntry) => Annotator | undefined,
): Annotator[] {
  const source: Source = { ...readYaml(text, file), file };
  const entries = entriesOf(source);
  const faults = [...writtenKeys(source)];
  const annotators: Annotator[] = [];
  for (const [name, value] of entries) {
    const found = faults.length;
    faults.push(...entryFaults(source, name, value));
    if (faults.length > found) continue;
    try {
      const entry = RegistryEntry.parse(value);
      annotators.push(annotatorOf(name, entry, baseOf(name, entry)));
    } catch (error) {
      if (!(error instanceof EntryFault)) throw error;
      faults.push(fault(source, ["annotators", name, ...error.path], `${quoted(name)}, ${messageOf(error)}`));
    }
  }
  if (faults.length > 0) throw new UserError([...new Set(faults)].join("\n"));
  return annotators;
}

function entriesOf(source: Source): [string, unknown][] {
  const { document: doc, file } = source;
  const shape = "write annotators: and, under it, one entry for each name";
  if (!isMap(doc.contents)) throw new UserError(`${file} describes no annotators: ${shape}.`);
  const other = doc.contents.items.find((pair) => keyText(pair) !== "annotators");
  if (other) {
    throw new UserError(
      `${place(source, offsetOf(other.key))}: unknown field ${quoted(keyText(other))}: ${shape}.`,
    );
  }
  const annotators = doc.get("annotators", true);
  if (!isMap(annotators))
    throw new UserError(`${place(source, offsetOf(annotators))}: annotators is no map: ${shape}.`);
  return Object.entries((source.value as { annotators: Record<string, unknown> }).annotators);
}

function entryFaults(source: Source, name: string, value: unknown): string[] {
  const at = ["annotators", name];
  if (!ANNOTATOR_NAME.test(name)) {
    const wayOut = "a name has letters, digits and . _ : / @ + - and begins and ends with a letter or digit";
    return [fault(source, at, `${quoted(name)}: ${wayOut}`)];
  }
  const parsed = RegistryEntry.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => issueFaults(source, name, issue));
}

function issueFaults(source: Source, name: string, issue: z.core.$ZodIssue): string[] {
  const path = ["annotators", name, ...issue.path.map(String)];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      fault(source, [...path, key], `${quoted(name)}, ${unknownField(key, issue.path)}`),
    );
  }
  const field = issue.path.join(".");
  return [fault(source, path, `${quoted(name)}${field ? `, field ${field}` : ""}: ${issue.message}`)];
}

function unknownField(key: string, path: PropertyKey[]): string {
  if (KEY_FIELD.test(key)) return `field ${key}: ${KEY_WAY_OUT}`;
  const fields = ENTRY_FIELDS[path.join(".")] ?? [];
  const near = nearestNames(key, fields, 1)[0];
  return `unknown field ${key}: ${near ? `did you mean ${near}?` : "the fields are"} ${near ? "" : fields.join(", ")}`.trim();
}

/** Values anywhere in the file that are a key, said without showing them. */
function* writtenKeys(source: Source): Generator<string> {
  const found: (number | undefined)[] = [];
  visit(source.document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string" && KEY_VALUE.test(node.value.trim())) found.push(node.range?.[0]);
    },
  });
  for (const offset of found) yield `${place(source, offset)}: ${KEY_WAY_OUT}.`;
}

function fault(source: Source, path: string[], sentence: string): string {
  return `${place(source, offsetAt(source.document, path))}: entry ${sentence}${/[.?]$/.test(sentence) ? "" : "."}`;
}

/** Where the last key of the path stands that the document has. */
function offsetAt(doc: Document, path: string[]): number | undefined {
  let node: unknown = doc.contents;
  let offset: number | undefined;
  for (const key of path) {
    const pair: Pair | undefined = isMap(node) ? node.items.find((item) => keyText(item) === key) : undefined;
    if (!pair) break;
    offset = offsetOf(pair.key);
    node = pair.value;
  }
  return offset;
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function offsetOf(node: unknown): number | undefined {
  const target = isPair(node) ? node.key : node;
  return isNode(target) ? target.range?.[0] : undefined;
}

function place(source: Source, offset: number | undefined): string {
  return `${source.file}, line ${source.lines.linePos(offset ?? 0).line}`;
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
