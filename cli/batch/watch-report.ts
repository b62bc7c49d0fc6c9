import type { WatchState } from "../../shared/batch-watch/watch-state.ts";
import { EXIT } from "../../shared/errors.ts";
import { count, counted } from "../amounts.ts";
import { print, printJson, tell } from "../terminal.ts";
import type { WatchFlags } from "./watch-flags.ts";
import type { WatchOutputs } from "./watch-outputs.ts";

/** Says what a watch came to. @returns the exit code */
export function showWatched(state: WatchState, written: WatchOutputs, flags: WatchFlags): number {
  const records = state.all();
  const unknown = records.filter((record) => record.unknown).length;
  const resent = records.flatMap(({ parts }) => parts ?? []).reduce((sum, { requests }) => sum + requests, 0);
  const heldBack = records.reduce((sum, record) => sum + record.heldBack, 0);
  const batches = { batches: records.length, unknown, resent, heldBack };
  if (flags.json) printJson({ ...batches, ...written, plot: flags.plot ?? null });
  else show(batches, written, flags);
  const failed = written.failed + unknown + (written.reannotated?.failed ?? 0);
  return failed > 0 ? EXIT.doneWithFailures : EXIT.done;
}

function show(
  { batches, unknown, resent, heldBack }: Record<"batches" | "unknown" | "resent" | "heldBack", number>,
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
  tellOf(written.repeated, "answer", "answers", "came a second time; the first counts");
  tellOf(unknown, "batch is", "batches are", "unknown to the provider with this key");
  tellOf(reannotated?.failed ?? 0, "row stands", "rows stand", "in errors.jsonl beside it, with the reason");
  tellOf(
    reannotated?.strangers ?? 0,
    "request has",
    "requests have",
    "a custom_id that is no row of the dataset",
  );
  const wayOut = "start the same command again with a higher --max_attempts or another --resubmit";
  if (failed > 0 && heldBack > 0) tell(`Some may be answered if they are sent again: ${wayOut}.`);
}

/** Nothing where there are none. */
function tellOf(number: number, one: string, more: string, what: string): void {
  if (number > 0) tell(`${counted(number, one, more)} ${what}.`);
}
