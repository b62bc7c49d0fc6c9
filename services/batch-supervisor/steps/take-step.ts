import { type Batch, errorsOf } from "../../../shared/batch-api/batch.ts";
import { isUnknown } from "../../../shared/batch-api/fault.ts";
import { isHeldOut, refusalOf, wasNoAttempt } from "../../../shared/batch-policy/failed-batch.ts";
import { resultsAre } from "../../../shared/batch-policy/results-policy.ts";
import { LOST, type ShardSend } from "../../../shared/contracts/shard.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Step } from "../choosing/next-step.ts";
import { splitSend } from "../choosing/split-send.ts";
import type { Standing } from "../choosing/standing.ts";
import { collectBatch, type ToCollect } from "../collecting/collect-batch.ts";
import type { HaltFault } from "../collecting/line-outcome.ts";
import { ResultsMissing } from "../collecting/results-missing.ts";
import { batchSeen } from "../polling/batch-seen.ts";
import { enqueuedTokens } from "../routes/enqueued.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";
import { ended, limitOf, noRoom, refused } from "../routes/token-limit.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { createBatch } from "./create-batch.ts";
import { deleteFiles } from "./delete-files.ts";
import { publishOnline } from "./publish-online.ts";
import { refusalOfAll, refusedLines } from "./refused-batch.ts";
import { uploadSend } from "./upload-send.ts";

/** Files that came cut short so often are believed: what they lack is sent again. */
const BELIEVED_AFTER = 8;
/** How long a job that was stopped waits for files that cannot be had. */
const STOPPED_WAIT_MS = 60_000;
const LOST_ROWS = "The provider no longer knows its batch.";

/** Takes a send one state further. @returns why its job must halt, if so */
export async function takeStep(
  context: RouteContext,
  work: Work,
  step: Step,
  { standing, failures }: { standing: Standing; failures: number },
): Promise<HaltFault | undefined> {
  const { routeShards } = context;
  const { key, send } = work;
  switch (step) {
    case "drop":
    case "finish":
      await routeShards.editSend(key, send.number, () => ({
        state: step === "drop" ? "dropped" : "collected",
        fault: null,
      }));
      await closeIfStopped(context, work, standing);
      return undefined;
    case "upload":
      await uploadSend(context, work);
      return undefined;
    case "create":
      await createBatch(context, work);
      return undefined;
    case "cancel":
      await cancelBatch(context, work);
      return undefined;
    case "publish":
      await publishOnline(context, work);
      return undefined;
    case "collect":
      return await collect(context, work, standing, failures);
  }
}

/** Of a job that was stopped nothing is sent any more. */
async function closeIfStopped(
  { routeShards }: RouteContext,
  { key }: Work,
  standing: Standing,
): Promise<void> {
  if (standing.cancel)
    await routeShards.edit(key, (shard) => (shard.closed ? undefined : { ...shard, closed: true }));
}

async function collect(
  context: RouteContext,
  work: Work,
  standing: Standing,
  failures: number,
): Promise<HaltFault | undefined> {
  const { key, send } = work;
  const toCollect = {
    ...{ ...work, standing, believeShort: failures >= BELIEVED_AFTER },
    believeMissing: isGivenUp(context, send, standing),
  };
  if (send.batch!.status === LOST) {
    return await collectBatch(context, toCollect, { lines: new Map(), message: LOST_ROWS });
  }
  try {
    const halt = await collectKnown(context, toCollect);
    await deleteFiles(context, work);
    return halt;
  } catch (error) {
    // It is looked for from now on, as those are that have not ended.
    if (isUnknown(error)) await context.routeShards.editSend(key, send.number, () => ({ endedAtMs: null }));
    if (error instanceof ResultsMissing) await pollAnew(context, work);
    throw error;
  }
}

/** Of a job that was stopped nobody wants the rows: what was paid is counted as far as it can be known. */
function isGivenUp({ resultsWaitMs }: RouteContext, { endedAtMs }: ShardSend, { cancel }: Standing): boolean {
  return cancel && Date.now() - (endedAtMs ?? 0) > Math.min(resultsWaitMs, STOPPED_WAIT_MS);
}

/** It may say by now where its results are. */
async function pollAnew({ routeShards, signal }: RouteContext, { key, send, account }: Work): Promise<void> {
  const batch = batchSeen(await account.api.retrieveBatch(send.batch!.id, { signal }));
  if (JSON.stringify(batch) === JSON.stringify(send.batch)) return;
  await routeShards.editSend(key, send.number, () => ({ batch }));
}

async function collectKnown(context: RouteContext, work: ToCollect): Promise<HaltFault | undefined> {
  const { account, send, shard, standing } = work;
  if (resultsAre(send.batch!) === "not_yet" && !work.believeMissing)
    throw new ResultsMissing({ batch: send.batch!, what: "the provider does not say where its results are" });
  if (send.batch!.status !== "failed") {
    const halt = await collectBatch(context, work, undefined);
    ended(context.tokens);
    return halt;
  }
  const batch = await account.api.retrieveBatch(send.batch!.id, { signal: context.signal });
  const halt = refusalOfAll(batch);
  // Nothing was paid, and it was no attempt: it is created again when that makes sense.
  if (wasNoAttempt(batch) && standing.results === "all" && !standing.cancel) {
    await backToQueue(context, work, batch);
    return standing.submit ? halt : undefined;
  }
  const ofLines = await collectBatch(context, work, refusedLines(shard, send, batch));
  return (standing.submit ? halt : undefined) ?? ofLines;
}

async function backToQueue(context: RouteContext, { key, send }: Work, batch: Batch): Promise<void> {
  const { routeShards, tokens, route } = context;
  const most = heldOut(context, send, batch);
  const why = refusalOf(batch);
  log().info(
    { route, why, limit: limitOf(tokens), refused: send.promptTokens },
    "the provider takes no batch now",
  );
  await routeShards.edit(key, (shard) => {
    const again = shard.sends.map((one) =>
      one.number === send.number
        ? {
            ...one,
            state: "uploaded" as const,
            batch: null,
            missing: null,
            sentAtMs: null,
            endedAtMs: null,
            refusals: one.refusals + 1,
          }
        : one,
    );
    const queued = { ...shard, sends: again };
    const mine = again.find(({ number }) => number === send.number)!;
    return (most !== null && send.promptTokens > most && splitSend(queued, mine, most)) || queued;
  });
}

/** What is learnt of the route's limit. @returns tokens that one batch may hold at most; null: that is not in question */
function heldOut({ routeShards, tokens }: RouteContext, send: ShardSend, batch: Batch): number | null {
  const nowMs = performance.now();
  if (refusalOf(batch) !== "no_tokens") {
    if (isHeldOut(batch)) noRoom(tokens, nowMs);
    return null;
  }
  const others = enqueuedTokens(routeShards.all());
  refused(tokens, { message: errorsOf(batch).join("; "), tokens: send.promptTokens, others, nowMs });
  return limitOf(tokens);
}
