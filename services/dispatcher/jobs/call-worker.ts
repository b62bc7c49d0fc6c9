import type { Annotator } from "../../../shared/annotators/annotator.ts";
import type { Tokenizer } from "../../../shared/annotators/cost/tokens.ts";
import { haltReason } from "../../../shared/completions/halt-message.ts";
import { replyOf } from "../../../shared/completions/reply.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isReadFirst } from "../../../shared/lanes.ts";
import type { Hands, RowWorker } from "../../../shared/runtime/worker/row-worker.ts";
import type { Endpoint } from "../calling/chat-client.ts";
import type { Route } from "../routes/route.ts";
import { routeJob } from "../routes/route-job.ts";
import { rowTask } from "./row-task.ts";

export interface CallsOf {
  entry: RequestJob;
  annotator: Annotator;
  endpoint: Endpoint | "noop";
  tokenizer: Tokenizer | undefined;
  route: Route;
}

let stays = 0;

/** Makes a job's rows into calls on its route. */
export function callWorker(
  { entry, annotator, endpoint, tokenizer, route }: CallsOf,
  hands: Hands,
): RowWorker {
  const { id, spec } = entry;
  const { keyVariable, name } = annotator;
  const secrets = endpoint === "noop" ? [] : endpoint.secrets;
  const readFirst = isReadFirst(spec.dispatch);
  const job = routeJob(
    {
      id: `${id}#${++stays}`,
      spec: spec.dispatch,
      endpoint,
      tokenizer,
      finished: (task, result) =>
        hands.finished(task, readFirst ? replyOf({ ...task, carry: task.carry ?? "" }, result) : result),
      unstoredBytes: hands.unstoredBytes,
      halt: (fault) =>
        hands.halt(fault.state, haltReason(fault, { id, annotator: name, keyVariable }, secrets)),
    },
    annotator,
  );
  route.join(job);
  return {
    take: (rows, chunk) =>
      route.submit(
        job,
        rows.map((row) => rowTask(row, chunk)),
      ),
    unfinished: () => job.unfinished,
    room: () => route.room(job),
    withdraw: () => route.close(job),
    abort: () => route.abort(job),
    follow: (dispatch) => {
      job.spec = dispatch;
      job.concurrency = dispatch.concurrency ?? annotator.concurrency;
      job.timeoutMs = dispatch.timeoutMs ?? annotator.timeoutMs;
      route.pump();
    },
    pump: route.pump,
    leave: () => route.leave(job),
  };
}
