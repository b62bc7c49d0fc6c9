import { stringify } from "yaml";
import { SAMPLING_ROWS } from "../../shared/contracts/messages/sampling-table.ts";
import { RANKINGS } from "../../shared/feedback/feedback.ts";
import { cardConfigs, loadableFiles, sizeCategory } from "./card-configs.ts";
import type { CardFacts } from "./card-facts.ts";
import { judgementLines } from "./card-judgements.ts";
import { fenced, markdownTable, plainText } from "./markdown.ts";

/** The README of a dataset repository: what is in it and how it was made, for the hub and for people. */
export function datasetCard(name: string, version: string, facts: CardFacts): string {
  const parts = [
    `# ${plainText(name)}`,
    `Made with Assay ${version}, which wrote this card from the files themselves.`,
    facts.simulated &&
      "**Simulated.** Texts or verdicts in here were made up by a stand-in for a model. They show what the files look like, and are of no other use.",
    "## Files",
    filesTable(facts),
    apartLine(facts),
    ...jobParts(facts),
    ...failureParts(facts),
    ...judgementParts(facts),
  ];
  const body = parts.filter((part) => part !== false).join("\n\n");
  return `---\n${stringify(frontMatter(name, facts))}---\n\n${body}\n`;
}

function frontMatter(name: string, { files, simulated }: CardFacts): object {
  const configs = cardConfigs(files);
  const rows = Math.max(0, ...files.map((file) => file.rows ?? 0));
  return {
    pretty_name: name,
    tags: ["assay", "synthetic", ...(simulated ? ["simulated"] : [])],
    ...(rows > 0 ? { size_categories: [sizeCategory(rows)] } : {}),
    ...(configs.length > 0 ? { configs } : {}),
  };
}

/** Files of another format than the subsets' are found by their names only. */
function apartLine({ files }: CardFacts): string | false {
  const { apart } = loadableFiles(files);
  if (apart.length === 0) return false;
  const names = apart.map(({ path }) => plainText(path)).join(", ");
  return `In no subset, since a repository's subsets are of one format; load by name (data\\_files): ${names}.`;
}

function filesTable({ files }: CardFacts): string {
  return markdownTable(
    ["file", "rows", "columns", "bytes", "sha256"],
    files.map(({ path, rows, columns, headerless, size, sha256 }) => [
      path,
      rows === null ? "" : String(rows),
      `${columns.join(", ")}${headerless ? " (no header)" : ""}`,
      String(size),
      sha256,
    ]),
  );
}

/** What a reader looks for first; all of it stands below. */
const SHOWN_PARAMS = [
  "dataset",
  "annotator",
  "models",
  "method",
  "aspects",
  "prompt_template",
  "rejected",
  "ties",
  "margin",
  ...SAMPLING_ROWS.filter(({ card }) => card).map(({ name }) => name),
];

function jobParts({ configs }: CardFacts): string[] {
  if (configs.length === 0) return [];
  const parts = configs.flatMap(({ path, config }) => {
    const params = (config.params ?? config) as Record<string, unknown>;
    const rows = SHOWN_PARAMS.flatMap((name) => {
      const value = params[name];
      return value === undefined || value === null ? [] : [[name, wordsOf(value)]];
    });
    return [
      ...(configs.length > 1 ? [`### ${plainText(path)}`] : []),
      ...(rows.length > 0 ? [markdownTable(["parameter", "value"], rows)] : []),
      `The whole job:\n\n${fenced("yaml", stringify(config))}`,
    ];
  });
  return ["## How it was made", ...parts];
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function failureParts({ files }: CardFacts): string[] {
  const failed = files.filter(({ holds, rows }) => holds === "failed rows" && rows !== null && rows > 0);
  if (failed.length === 0) return [];
  const rows = failed.flatMap(({ path, reasons }) =>
    [...reasons]
      .sort(([, one], [, other]) => other - one)
      .map(([reason, count]) => [path, reason, String(count)]),
  );
  return [
    "## What failed",
    "Rows that are in no other file, since no good answer came of them.",
    markdownTable(["file", "reason", "rows"], rows),
  ];
}

function judgementParts({ reports, consistency }: CardFacts): string[] {
  const parts = reports.flatMap(({ path, report }) => judgementLines(path, report));
  if (consistency === null && parts.length === 0) return [];
  return ["## Judgements", ...parts, ...consistencyParts(consistency)];
}

function consistencyParts(consistency: CardFacts["consistency"]): string[] {
  if (consistency === null) return [];
  if (typeof consistency === "string") return [consistency];
  const { consistency: share, matches, compared, table } = consistency;
  return [
    `Consistency of rankings with ratings: ${share.toFixed(2)} % (${matches} of ${compared} pairs).`,
    markdownTable(
      ["ratings imply", ...RANKINGS.map((ranking) => `ranked ${ranking}`)],
      RANKINGS.map((implied) => [implied, ...RANKINGS.map((ranked) => String(table[implied][ranked]))]),
    ),
  ];
}
