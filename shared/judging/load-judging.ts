import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { responseFormat } from "../completions/response-schema.ts";
import { METHODS } from "../contracts/messages/judge-methods.ts";
import { isJsonObject } from "../datasets/json/exact-json.ts";
import { unreadable } from "../datasets/reading/file-bytes.ts";
import { UserError } from "../errors.ts";
import { anyOf } from "../words/any-of.ts";
import { nearestNames } from "../words/nearest-names.ts";
import type { Judging } from "./judging.ts";
import { ASPECTS } from "./methods/aspects.ts";
import type { OwnFlag } from "./methods/judge-method.ts";
import { METHOD_TABLE } from "./methods/method-table.ts";
import { requireCheckable } from "./replies/answer-schema.ts";
import { loadTemplates } from "./templates/load-templates.ts";

/** How a user wants it, under the names of the flags. */
export interface JudgingFlags {
  method: string;
  /** Of `ultrafeedback`. */
  aspects?: readonly string[] | undefined;
  /** A method's name for Assay's own, a folder with a file for each, or a file where one is needed. */
  promptTemplate?: string | undefined;
  /** Of `custom`: path of the answer's JSON schema. */
  schema?: string | undefined;
  /** Of `pairwise`: both or seeded. */
  orders?: string | undefined;
  seed?: number | undefined;
  /** Of `ultrafeedback`. */
  useText?: boolean | undefined;
}

/** As they are typed. */
const SPELLED: Record<OwnFlag, string> = {
  aspects: "aspects",
  useText: "use_text",
  orders: "orders",
  schema: "schema",
};

/** Reads and checks how items are to be judged. @throws UserError for the first thing that is wrong */
export async function loadJudging(flags: JudgingFlags): Promise<Judging> {
  const method = oneOf("method", flags.method, METHODS);
  const { flags: own, templateNames, answersInSchema } = METHOD_TABLE[method];
  for (const name of Object.keys(SPELLED) as OwnFlag[]) {
    if (flags[name] && !own.includes(name)) throw belongsElsewhere(name);
  }
  const aspects = flags.aspects?.map((name) => oneOf("aspect", name, ASPECTS)) ?? null;
  if (aspects?.length === 0) throw new UserError(`--aspects is empty: give some of ${ASPECTS.join(", ")}.`);
  const answer = answersInSchema ? await loadSchema(flags.schema) : {};
  return {
    method,
    aspects,
    templates: await loadTemplates(method, templateNames(aspects), flags.promptTemplate),
    orders: oneOf("order", flags.orders ?? "both", ["both", "seeded"] as const),
    seed: flags.seed ?? 0,
    useText: flags.useText ?? false,
    ...answer,
  };
}

function belongsElsewhere(name: OwnFlag): UserError {
  const methods = METHODS.filter((method) => METHOD_TABLE[method].flags.includes(name));
  return new UserError(`--${SPELLED[name]} belongs to --method ${anyOf(methods)}: leave it out.`);
}

/** The request's member for a structured answer, and the schema in it. */
async function loadSchema(path: string | undefined): Promise<Pick<Judging, "schema" | "responseFormat">> {
  if (path === undefined) {
    throw new UserError(
      "--schema is missing: name the JSON schema of the answer that the template asks for.",
    );
  }
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  const label = basename(path).replace(/\..*$/, "");
  const format = responseFormat(text.replace(/^\uFEFF/, ""), path, label);
  const { schema } = isJsonObject(format.json_schema) ? format.json_schema : {};
  if (!isJsonObject(schema)) throw new Error(`the response format of ${path} has no schema`);
  requireCheckable(schema, path);
  return { schema, responseFormat: format };
}

function oneOf<Name extends string>(what: string, given: string, names: readonly Name[]): Name {
  const found = names.find((one) => one === given);
  if (found !== undefined) return found;
  const near = nearestNames(given, names, 1)[0];
  const wayOut = near ? `did you mean ${near}?` : `give ${names.join(", ")}.`;
  throw new UserError(`There is no judging ${what} ${JSON.stringify(given)}: ${wayOut}`);
}
