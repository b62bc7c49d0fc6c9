import type { WatchState } from "../../shared/batch-watch/watch-state.ts";
import { EXIT } from "../../shared/errors.ts";
import { count } from "../amounts.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
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
  print(
    `Done: ${count(answered)} of ${count(answered + failed)} requests are answered, in ${count(batches)} batches.`,
  );
  for (const file of written.files) {
    print(`${file.path}: ${count(file.answered)} results`);
    if (file.failed > 0) print(`${file.errors}: ${count(file.failed)} requests without an answer`);
  }
  const { reannotated } = written;
  if (reannotated) print(`${reannotated.output}: ${count(reannotated.rows)} rows`);
  if (plot !== undefined) print(`Completion times: ${plot}`);
  tellIf(resent, "requests were sent again, those that had no answer");
  tellIf(written.repeated, "answers came a second time; the first counts");
  tellIf(unknown, "batches are unknown to the provider with this key");
  tellIf(reannotated?.failed ?? 0, "rows stand in errors.jsonl beside it, with the reason");
  tellIf(reannotated?.strangers ?? 0, "requests have a custom_id that is no row of the dataset");
  const wayOut = "start the same command again with a higher --max_attempts or another --resubmit";
  if (failed > 0 && heldBack > 0) tell(`Some may be answered if they are sent again: ${wayOut}.`);
}
