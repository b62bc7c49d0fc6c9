import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { ANNOTATOR_NAME, type Annotator } from "../annotator.ts";
import { builtInAnnotators, openaiModel } from "./built-in.ts";
import { openaiEndpoint } from "./endpoint.ts";
import { annotatorsOfFile } from "./registry-file.ts";
import type { RegistryEntry } from "./registry-schema.ts";

export type Registry = {
  /** @throws UserError with the nearest names where there is none of this name */
  resolve(name: string): Annotator;
  /** Built-ins first, then the file's own. */
  list(): Annotator[];
};

/**
 * The built-in annotators and those of a YAML file; an entry of a built-in's name changes that built-in.
 * @throws UserError for a file that cannot be read or is wrong, and for an OPENAI_BASE_URL that is no http(s) address
 */
export function loadRegistry(
  options: { file?: string | undefined; openaiBaseUrl?: string | undefined } = {},
): Registry {
  const endpoint = openaiEndpoint(options.openaiBaseUrl);
  const known = new Map(builtInAnnotators(endpoint).map((annotator) => [annotator.name, annotator]));
  if (options.file !== undefined) {
    const own = annotatorsOfFile(readText(options.file), options.file, (name, entry) =>
      changedBy(entry, name, known.get(name) ?? anyOpenaiModel(name, endpoint), endpoint),
    );
    for (const annotator of own) known.set(annotator.name, annotator);
  }
  return {
    resolve: (name) => known.get(name) ?? anyOpenaiModel(name, endpoint) ?? refuse(name, known.keys()),
    list: () => [...known.values()],
  };
}

function anyOpenaiModel(name: string, endpoint: string): Annotator | undefined {
  if (!name.startsWith("openai/") || name === "openai/" || !ANNOTATOR_NAME.test(name)) return undefined;
  return openaiModel(name.slice("openai/".length), endpoint);
}

/** What an entry starts from: at OpenAI the model that it names, since that decides parameters and prices. */
function changedBy(entry: RegistryEntry, name: string, old: Annotator | undefined, endpoint: string) {
  const atOpenai = old
    ? old.provider === "openai"
    : entry.provider === "openai" && entry.base_url === undefined;
  return atOpenai ? openaiModel(entry.model ?? old?.model ?? name, endpoint) : old;
}

function refuse(name: string, known: Iterable<string>): never {
  const near = nearestNames(name, known);
  if (/^(gpt-|chatgpt-|o\d|ft:)/.test(name) && ANNOTATOR_NAME.test(name)) near.push(`openai/${name}`);
  const meant = near.length > 0 ? `did you mean ${anyOf(near)}? All` : "all";
  throw new UserError(
    `Unknown annotator ${JSON.stringify(name.slice(0, 100))}: ${meant} names are listed by "assay annotators", ` +
      "openai/<model> is any model at OpenAI, and others are described in the annotators file.",
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(
      `The annotators file ${file} cannot be read (${messageOf(cause)}): check the path and its permissions.`,
      { cause },
    );
  }
}
