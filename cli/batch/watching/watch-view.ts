import { BATCH_STATES } from "../../../shared/batch-api/batch.ts";
import type { WatchContext } from "../../../tools/batch-watch/watching/watch-context.ts";
import type { WatchState } from "../../../tools/batch-watch/watching/watch-state.ts";
import { count, counted } from "../../view/amounts.ts";

/** How far a watch is, in one line. */
export function watchLine(state: WatchState, latest: WatchContext["latest"]): string {
  const records = state.batches();
  const states = new Map<string, number>();
  let [total, answered] = [0, 0];
  for (const { id, ended, unknown, parent } of records) {
    const batch = latest.get(id) ?? ended;
    const name = unknown ? "unknown" : (batch?.status ?? "not seen yet");
    states.set(name, (states.get(name) ?? 0) + 1);
    answered += batch?.request_counts?.completed ?? 0;
    if (parent === null || state.get(parent)?.ofDataset) total += batch?.request_counts?.total ?? 0;
  }
  const known = [...BATCH_STATES.filter((name) => states.has(name)), "unknown", "not seen yet"];
  const shown = known.filter((name) => states.has(name)).map((name) => `${count(states.get(name)!)} ${name}`);
  // Of a batch that was never taken in nobody says how many requests it has.
  const of = total >= answered ? ` of ${count(total)}` : "";
  return `${counted(records.length, "batch", "batches")}: ${shown.join(", ")}; ${count(answered)}${of} requests answered`;
}

/** A line that stands last on a terminal; elsewhere one at each change. */
export interface LiveLine {
  show(text: string): void;
  /** A sentence between. */
  note(text: string): void;
  end(): void;
}

export function openLiveLine(out: NodeJS.WriteStream = process.stderr): LiveLine {
  let shown = "";
  const clear = () => {
    if (out.isTTY) out.write("\r\x1b[2K");
  };
  return {
    show(text) {
      clear();
      if (out.isTTY) out.write(text.slice(0, (out.columns || 80) - 1));
      else if (text !== shown) out.write(`${text}\n`);
      shown = text;
    },
    note(text) {
      clear();
      out.write(`${text}\n`);
      if (out.isTTY) out.write(shown.slice(0, (out.columns || 80) - 1));
    },
    end: clear,
  };
}
