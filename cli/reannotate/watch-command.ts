import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { HUB, MAPPING, ROWS, SAMPLING } from "../flags/flag-groups.ts";
import { typedCommand } from "../view/terminal.ts";
import { WHAT } from "./reannotate-flags.ts";

/** States before a batch exists. */
const BEFORE = new Set(["built", "uploaded", "intended"]);

const OUTPUT = WHAT.flags.filter(({ name }) => name === "save_dir" || name === "format");
/** Flags by which the rows of a job, what they were asked with, and where its outputs go are known again. */
const KEPT = new Map(
  [...OUTPUT, ...[MAPPING, HUB, ROWS, SAMPLING].flatMap(({ flags }) => flags)].map((flag) => [
    flag.name,
    flag,
  ]),
);

/**
 * How a job's batches are watched with plain files; undefined while there are none, and where a watch would not know what to
 * make of them. @param argv what was typed to start the job
 */
export function watchCommand(
  { batches, dataset, annotator }: JobView,
  argv: readonly string[],
): string | undefined {
  if (batches === undefined || batches.objectsFile === null) return undefined;
  if (Object.keys(batches.states).every((state) => BEFORE.has(state))) return undefined;
  const flags = { batch_objects_file: batches.objectsFile, dataset, annotator };
  const named = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  return typedCommand(["batch", "watch", ...named, ...keptOf(argv)]);
}

function keptOf(argv: readonly string[]): string[] {
  return argv.flatMap((word, place) => {
    const [, name = "", value] = /^--([\w-]+)(=.*)?$/s.exec(word) ?? [];
    const flag = KEPT.get(name.replaceAll("-", "_"));
    if (flag === undefined) return [];
    if (flag.kind === "yes" && /^=?false$/i.test(value ?? argv[place + 1] ?? "")) return [];
    return flag.kind === "yes" || value !== undefined ? [word] : argv.slice(place, place + 2);
  });
}
