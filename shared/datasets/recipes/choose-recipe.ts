import { UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { knownDatasets } from "../hub/known-datasets.ts";
import { type ColumnRoles, parseColumns, type Role, USUAL_NAMES } from "./column-roles.ts";
import { columnsOf, parseTemplate } from "./prompt-template.ts";
import type { Recipe } from "./recipe.ts";

/** What a user said about a dataset's rows, and the hub repository's name if it comes from there. */
export interface Mapping {
  columns?: string | undefined;
  system?: string | undefined;
  template?: string | undefined;
  repo?: string | undefined;
}

/**
 * Settles how rows become prompts. In this order: a template; the columns that the user names; the recipe of a known hub
 * dataset; else by the columns' usual names: messages, conversations, instruction, prompt, user_prompt, question, text.
 * @param present the columns of the first rows; @param name what messages call the dataset
 * @throws UserError if nothing fits, or the named prompt column is not there
 */
export function chooseRecipe(mapping: Mapping, present: string[], name: string): Recipe {
  const named = mapping.columns === undefined ? {} : parseColumns(mapping.columns);
  if (named.system && mapping.system !== undefined) {
    throw new UserError("--system and the role system in --columns exclude each other: give one of them.");
  }
  const system = mapping.system === undefined ? {} : { system: mapping.system };
  if (mapping.template !== undefined) {
    const columns = { ...pick(withUsual(named, present), "output", "system") };
    refuseBesideTemplate(named);
    return { form: "template", columns, template: parseTemplate(mapping.template), ...system };
  }
  const columns = columnsFor(named, mapping.repo, present);
  for (const role of ["messages", "instruction", "prompt"] as const) {
    const column = columns[role];
    if (!column) continue;
    if (!present.includes(column)) throw absentColumn(column, present, name);
    return { form: FORMS[role], columns: pick(columns, role, ...COMPANIONS[role]), ...system };
  }
  throw noPromptColumn(present, name);
}

function noPromptColumn(present: string[], name: string): UserError {
  const separator = present.length === 1 ? /[;\t|]/.exec(present[0]!)?.[0] : undefined;
  if (separator !== undefined) {
    return new UserError(
      `${name} has one column only, ${JSON.stringify(present[0])}: if ${JSON.stringify(separator)} separates its cells, save it with commas, or with tabs as .tsv.`,
    );
  }
  return new UserError(
    `${name} has no column that Assay knows a prompt by (its columns: ${listOf(present)}): name it, e.g. --columns prompt=${likelyPrompt(present)}, or write a --template.`,
  );
}

/** By its name alone: it is an example of how to type it. */
function likelyPrompt(present: string[]): string {
  const likely = present.find((name) => /question|query|input|text|content|task|problem/i.test(name));
  return likely ?? present[0] ?? "question";
}

const FORMS = { messages: "chat", instruction: "alpaca", prompt: "prompt" } as const;
const COMPANIONS: Record<keyof typeof FORMS, Role[]> = {
  messages: ["output", "system"],
  instruction: ["input", "output", "system"],
  prompt: ["output", "system"],
};

/** The columns that must be in some row: those which the user, the template or a known recipe names. */
export function namedColumns(mapping: Mapping): string[] {
  const named = mapping.columns === undefined ? {} : parseColumns(mapping.columns);
  const template = mapping.template === undefined ? [] : columnsOf(parseTemplate(mapping.template));
  return [...new Set([...Object.values(named).filter((column) => column !== ""), ...template])];
}

/** The sentence for a column that was named and is nowhere. */
export function absentColumn(column: string, present: string[], name: string): UserError {
  const near = nearestNames(column, present);
  const hint = near.length > 0 ? `did you mean ${anyOf(near.map((one) => `"${one}"`))}? Its` : "its";
  return new UserError(`${name} has no column "${column}": ${hint} columns are ${listOf(present)}.`);
}

function columnsFor(named: ColumnRoles, repo: string | undefined, present: string[]): ColumnRoles {
  const prompts = pick(named, "instruction", "prompt", "messages");
  if (Object.values(prompts).some(Boolean)) return withUsual(named, present);
  const known = knownDatasets().find((dataset) => dataset.repo === repo);
  return known ? { ...known.columns, ...named } : withUsual(named, present);
}

/** Roles that the user left open, by the columns' usual names; only one of the three prompt roles is taken. */
function withUsual(named: ColumnRoles, present: string[]): ColumnRoles {
  const found: ColumnRoles = {};
  for (const [role, names] of Object.entries(USUAL_NAMES) as [Role, readonly string[]][]) {
    const column = named[role] ?? names.find((usual) => present.includes(usual));
    if (column) found[role] = column;
  }
  const chosen = (["messages", "instruction", "prompt"] as const).find((role) => named[role]);
  if (!chosen) return found;
  return { ...pick(found, "input", "output", "system"), [chosen]: found[chosen] };
}

function pick(columns: ColumnRoles, ...roles: Role[]): ColumnRoles {
  return Object.fromEntries(roles.flatMap((role) => (columns[role] ? [[role, columns[role]]] : [])));
}

function refuseBesideTemplate(named: ColumnRoles): void {
  const roles = (["instruction", "input", "prompt", "messages"] as const).filter((role) => named[role]);
  if (roles.length === 0) return;
  throw new UserError(
    `--template makes the prompt, so that --columns cannot name ${anyOf(roles)} too: keep only output and system there.`,
  );
}

const listOf = (columns: string[]) => (columns.length > 0 ? columns.slice(0, 30).join(", ") : "none");
