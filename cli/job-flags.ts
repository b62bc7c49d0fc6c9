import type { Command } from "commander";
import { Option } from "commander";

/** How the text of a flag becomes a field of the message. */
type Kind = "text" | "number" | "limit" | "list" | "yes" | "file";

interface JobFlag {
  /** The field's name in the message, and the flag's with underscores. */
  name: string;
  kind: Kind;
  value?: string;
  about: string;
}

const WHAT: JobFlag[] = [
  {
    name: "dataset",
    kind: "text",
    value: "<path or name>",
    about: "JSON array, JSONL, CSV or Parquet file, or a hub dataset",
  },
  { name: "annotator", kind: "text", value: "<name>", about: "model that annotates: see `assay annotators`" },
  {
    name: "save_dir",
    kind: "text",
    value: "<folder>",
    about: "where outputs go (default: datasets/reannotated)",
  },
  {
    name: "temp_dir",
    kind: "text",
    value: "<folder>",
    about: "where work in progress is kept (default: datasets/temp)",
  },
  {
    name: "format",
    kind: "text",
    value: "<json|jsonl|csv|parquet>",
    about: "of the output file (default: json)",
  },
];
const ROWS: JobFlag[] = [
  {
    name: "columns",
    kind: "text",
    value: "<role=column,...>",
    about: "roles: instruction, input, output, prompt, messages, system",
  },
  { name: "system", kind: "file", value: "<text or file>", about: "system prompt of every row" },
  { name: "template", kind: "file", value: "<text or file>", about: "prompt with {column} placeholders" },
  { name: "split", kind: "text", value: "<name>", about: "of a hub dataset (default: train)" },
  { name: "subset", kind: "text", value: "<name>", about: "of a hub dataset" },
  { name: "revision", kind: "text", value: "<name>", about: "of a hub dataset: branch, tag or commit" },
  { name: "limit", kind: "number", value: "<rows>", about: "so many rows at most" },
  { name: "offset", kind: "number", value: "<rows>", about: "leave out so many first rows" },
  { name: "shard", kind: "text", value: "<index/count>", about: "one part of the rows, such as 2/8" },
  { name: "skip_bad_rows", kind: "yes", about: "leave out rows that cannot be asked, and list them" },
];
const SAMPLING: JobFlag[] = [
  { name: "temperature", kind: "number", value: "<0..2>", about: "(default: 1)" },
  { name: "top_p", kind: "number", value: "<0..1>", about: "(default: 1)" },
  { name: "seed", kind: "number", value: "<number>", about: "(default: 42)" },
  { name: "max_tokens", kind: "number", value: "<tokens>", about: "of an answer at most (default: 2048)" },
  { name: "stop", kind: "text", value: "<text,...>", about: "up to 4 texts that end an answer" },
  { name: "frequency_penalty", kind: "number", value: "<-2..2>", about: "" },
  { name: "presence_penalty", kind: "number", value: "<-2..2>", about: "" },
  { name: "logit_bias", kind: "text", value: "<json>", about: 'such as {"50256": -100}' },
  { name: "logprobs", kind: "yes", about: "keep the log probabilities of the answer's tokens" },
  { name: "top_logprobs", kind: "number", value: "<0..20>", about: "and those of the likeliest others" },
  { name: "n", kind: "number", value: "<choices>", about: "answers a row (default: 1)" },
  { name: "extra_body", kind: "text", value: "<json>", about: "further members of the request body" },
];
const PACE: JobFlag[] = [
  {
    name: "max_requests_per_minute",
    kind: "limit",
    value: "<number|unlimited>",
    about: "(default: what the provider's headers say)",
  },
  {
    name: "max_tokens_per_minute",
    kind: "limit",
    value: "<number|unlimited>",
    about: "(default: what the provider's headers say)",
  },
  {
    name: "charges",
    kind: "text",
    value: "<auto|usage|max_tokens>",
    about: "what the provider counts against the token limit (default: the annotator's)",
  },
  { name: "max_cost", kind: "number", value: "<dollars>", about: "pause before this is passed" },
  {
    name: "priority",
    kind: "number",
    value: "<weight>",
    about: "beside other jobs of the same model (default: 1)",
  },
  {
    name: "max_attempts",
    kind: "number",
    value: "<number>",
    about: "calls of one row before it has failed (default: 5)",
  },
  { name: "timeout", kind: "number", value: "<seconds>", about: "of one call" },
  { name: "concurrency", kind: "number", value: "<calls>", about: "in flight at once" },
  {
    name: "invalid_finish_reasons",
    kind: "list",
    value: "<reason,...>",
    about: "asked again, then failed (default: content_filter)",
  },
];
const AGAIN: JobFlag[] = [
  { name: "retry_failed", kind: "yes", about: "ask the rows that failed again (also: --resume)" },
  { name: "overwrite", kind: "yes", about: "begin anew where other parameters made an output already" },
];

const GROUPS: [heading: string, flags: JobFlag[]][] = [
  ["What:", WHAT],
  ["Rows:", ROWS],
  ["Sampling:", SAMPLING],
  ["Pace and money:", PACE],
];

/** Flags of `estimate` and `reannotate`; the latter has those for doing it again too. */
export function addJobFlags(command: Command, again: boolean): void {
  const groups = again ? [...GROUPS, ["Again:", AGAIN] as (typeof GROUPS)[number]] : GROUPS;
  for (const [heading, flags] of groups) {
    for (const { name, value, about } of flags) {
      const text = `--${name.replaceAll("_", "-")}${value === undefined ? "" : ` ${value}`}`;
      command.addOption(new Option(text, about).helpGroup(heading));
    }
  }
  if (again) command.addOption(new Option("--resume").hideHelp());
  command.addHelpOption(new Option("-h, --help", "show this").helpGroup("This command:"));
}

/**
 * The fields of the message that were given as flags. A text that is no number stays a text: the message's schema says
 * what is wrong with it. @param readText gives the text that a flag of kind `file` means
 */
export function givenFields(
  flags: Record<string, unknown>,
  readText: (name: string, given: string) => string,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, kind } of [...GROUPS.flatMap(([, group]) => group), ...AGAIN]) {
    const value = flags[camelCase(name)];
    if (value === undefined) continue;
    if (kind === "yes") given[name] = value;
    else if (kind === "file") given[name] = readText(name, value as string);
    else if (kind === "list")
      given[name] = (value as string)
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
    else given[name] = kind === "text" ? value : numberOrText(value as string);
  }
  if (flags.resume === true) given.retry_failed = true;
  return given;
}

function numberOrText(text: string): unknown {
  const number = text.trim() === "" ? Number.NaN : Number(text.replaceAll("_", ""));
  return Number.isFinite(number) ? number : text;
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
