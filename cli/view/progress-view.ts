import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { progressLine, rateOf, type Sample, withSample } from "./progress-line.ts";

const PLAIN_EVERY_MS = 5000;

export interface ProgressView {
  show(view: JobView): void;
  /** A sentence between; the progress goes on below it. */
  note(text: string): void;
  end(): void;
}

/** A live line on a terminal; elsewhere a plain line at each change of state and every 5 s. */
export function openProgressView(out: NodeJS.WriteStream = process.stderr): ProgressView {
  let samples: Sample[] = [];
  let shown = { atMs: Number.NEGATIVE_INFINITY, state: "", text: "" };
  const clear = () => {
    if (out.isTTY) out.write("\r\x1b[2K");
  };
  return {
    show(view) {
      const atMs = performance.now();
      const rows = view.done + view.failed;
      samples = view.state === "running" ? withSample(samples, { atMs, rows }) : [];
      const text = progressLine(view, rateOf(samples));
      if (out.isTTY) {
        clear();
        out.write(text.slice(0, (out.columns || 80) - 1));
      } else if (view.state !== shown.state || (atMs - shown.atMs >= PLAIN_EVERY_MS && text !== shown.text)) {
        out.write(`${text}\n`);
        shown = { atMs, state: view.state, text };
      }
    },
    note(text) {
      clear();
      out.write(`${text}\n`);
    },
    end: clear,
  };
}
