import type { DispatchSpec } from "../contracts/job-entry.ts";
import { bodyStartOf } from "../providers/openai/request-body.ts";

/** Makes and reads the request lines of one job, whose bodies differ in their messages alone. */
export interface RequestLines {
  /** The row's line, with its line feed. @param messages JSON text, sent as it is */
  line(row: number, messages: string): string;
  /** The messages of a line that `line` made. */
  messagesOf(line: string): string;
}

const END = "}}";

/** What lines name as their address. A job that makes batches no more may have some that it made before. */
export function batchEndpoint(batch: DispatchSpec["batch"]): string {
  return batch?.endpoint ?? "/v1/chat/completions";
}

/** @param dispatch whose request is the body of all requests, but for their messages */
export function requestLines({ request, batch }: Pick<DispatchSpec, "request" | "batch">): RequestLines {
  const bodyStart = `,"body":${bodyStartOf(request)}`;
  const middle = `","method":"POST","url":"${batchEndpoint(batch)}"${bodyStart}`;
  return {
    line: (row, messages) => `{"custom_id":"${row}${middle}${messages}${END}\n`,
    messagesOf: (line) => {
      const start = line.indexOf(bodyStart) + bodyStart.length;
      return line.trimEnd().slice(start, -END.length);
    },
  };
}
