import { EXIT } from "../../../shared/errors.ts";
import type { BatchRecord, WatchState } from "../../../tools/batch-watch/watching/watch-state.ts";
import { count, counted } from "../../view/amounts.ts";
import { print, printJson, tell } from "../../view/terminal.ts";
import type { WatchFlags } from "./watch-flags.ts";
import type { WatchOutputs } from "./watch-outputs.ts";

/** Says what a watch came to. @returns the exit code */
export function showWatched(state: WatchState, written: WatchOutputs, flags: WatchFlags): number {
  const records = state.batches();
  const unknown = records.filter((record) => record.unknown).length;
  const heldBack = records.reduce((sum, record) => sum + record.heldBack, 0);
  const dataset = state.all().filter(({ ofDataset }) => ofDataset);
  const missing = dataset.reduce((sum, record) => sum + record.heldBack, 0);
  const sent = { resent: sentFor(records), added: sentFor(dataset) };
  const batches = { batches: records.length, unknown, ...sent, heldBack, missing };
  if (flags.json) printJson({ ...batches, ...written, plot: flags.plot ?? null });
  else show(batches, written, flags);
  const failed = written.failed + unknown + (written.reannotated?.failed ?? 0);
  return failed > 0 ? EXIT.doneWithFailures : EXIT.done;
}

const sentFor = (records: readonly BatchRecord[]) =>
  records.flatMap(({ parts }) => parts ?? []).reduce((sum, { requests }) => sum + requests, 0);

/** `added` and `missing` are rows that stood in none of the batches: those that were sent, and those that were not. */
type Counts = Record<"batches" | "unknown" | "resent" | "added" | "heldBack" | "missing", number>;

function show(
  { batches, unknown, resent, added, heldBack, missing }: Counts,
  written: WatchOutputs,
  { plot }: WatchFlags,
): void {
  const { answered, failed } = written;
  const [requests, all] = [
    counted(answered + failed, "request", "requests"),
    counted(batches, "batch", "batches"),
  ];
  print(`Done: ${count(answered)} of ${requests} answered, in ${all}.`);
  for (const file of written.files) {
    print(`${file.path}: ${counted(file.answered, "result", "results")}`);
    if (file.failed > 0)
      print(`${file.errors}: ${counted(file.failed, "request", "requests")} without an answer`);
  }
  const { reannotated } = written;
  if (reannotated) print(`${reannotated.output}: ${counted(reannotated.rows, "row", "rows")}`);
  if (plot !== undefined) print(`Completion times: ${plot}`);
  tellOf(resent, "request was", "requests were", "sent again");
  tellOf(
    added,
    "row that stood in none of the batches was",
    "rows that stood in none of the batches were",
    "sent",
  );
  tellOf(written.repeated, "answer", "answers", "came a second time; the first counts");
  tellOf(unknown, "batch is", "batches are", "unknown to the provider with this key");
  tellOf(reannotated?.failed ?? 0, "row stands", "rows stand", "in errors.jsonl beside it, with the reason");
  tellOf(
    reannotated?.strangers ?? 0,
    "request has",
    "requests have",
    "a custom_id that is no row of the dataset",
  );
  tellOf(
    missing,
    "row of the dataset stands",
    "rows of the dataset stand",
    "in none of the batches: --resubmit expired,cancelled,failed,errors,missing asks them, too",
  );
  const wayOut = "start the same command again with a higher --max_attempts or another --resubmit";
  if (failed > 0 && heldBack > 0) tell(`Some may be answered if they are sent again: ${wayOut}.`);
}

/** Nothing where there are none. */
function tellOf(number: number, one: string, more: string, what: string): void {
  if (number > 0) tell(`${counted(number, one, more)} ${what}.`);
}
