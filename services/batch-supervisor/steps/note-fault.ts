import { BatchApiError } from "../../../shared/batch-api/fault.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Step } from "../choosing/next-step.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";
import { noRoom } from "../routes/token-limit.ts";
import { haltJob, stepFault } from "./step-fault.ts";
import type { Tries } from "./tries.ts";

/** Failures in a row after which a person is told. */
const TOLD_AFTER = 3;

/** A step has failed: it waits, its send is uploaded anew, its job halts, or a person is told, as the fault has it. */
export async function noteFault(
  context: RouteContext,
  tries: Tries,
  { name, step, work }: { name: string; step: Step; work: Work },
  error: unknown,
): Promise<void> {
  const { routeShards, tokens } = context;
  const { key, shard, send, entry, account } = work;
  const missing = { sinceMs: Date.now() - (send.endedAtMs ?? Date.now()), mostMs: context.resultsWaitMs };
  const fault = stepFault(error, step, tries.failures(name) + 1, missing);
  tries.failed(name, fault, performance.now());
  const facts = { job: shard.job, shard: shard.shard, step, waitMs: fault.waitMs };
  log().warn({ ...facts, error: messageOf(error) }, "a step of a batch is to be taken again");
  if (error instanceof BatchApiError && error.fault.kind === "no_room") noRoom(tokens, performance.now());
  if (fault.newUpload)
    await routeShards.editSend(key, send.number, ({ state }) =>
      state === "uploaded" ? { state: "built", file: null } : {},
    );
  if (fault.halt !== undefined && entry.state === "running")
    void haltJob(context, entry, account.secrets, fault.halt);
  // Who resumes the job begins anew; what is only looked for is looked for meanwhile.
  if (fault.halt !== undefined && step !== "collect") tries.rest(name, fault, performance.now());
  if (fault.sentence === undefined || tries.failures(name) !== TOLD_AFTER) return;
  const told = fault.sentence;
  await routeShards.editSend(key, send.number, () => ({ fault: told })).catch(() => {});
}
