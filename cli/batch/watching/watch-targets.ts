import { basename, join, resolve } from "node:path";
import { UserError } from "../../../shared/errors.ts";
import type { ReportRow } from "../../../tools/batch-watch/showing/batch-report.ts";

/** Where the results of one run of a tool go: all in two files, or those of each shard in its own. */
export type Targets =
  | { kind: "merged"; output: string; errors: string }
  | { kind: "shards"; shards: Shard[] };

interface Shard {
  batch: string;
  output: string;
}

/**
 * Where the results of each line of a report go: into the folder, under the name of its shard, or of its request file.
 * @throws UserError where a request file would be overwritten, or two shards have one name
 */
export function shardsOf(rows: readonly ReportRow[], folder: string): Shard[] {
  const taken = new Map<string, string>();
  return rows.map(({ id, shard, local_filepath }) => {
    const given = [shard, local_filepath].find((name) => name !== "" && !/^\d+$/.test(name)) ?? (shard || id);
    const output = join(folder, `${basename(given).replace(/\.jsonl$/, "")}.jsonl`);
    if (local_filepath !== "" && resolve(output) === resolve(local_filepath)) {
      throw new UserError(
        `--output_dir ${folder} holds the request file ${local_filepath}, which the results would overwrite: name another folder.`,
      );
    }
    const other = taken.get(output);
    if (other !== undefined)
      throw new UserError(
        `The batches ${other} and ${id} would both write ${output}: give their shards other names in the report.`,
      );
    taken.set(output, id);
    return { batch: id, output };
  });
}
