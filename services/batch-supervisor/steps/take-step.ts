import { errorsOf, isOverTokenLimit } from "../../../shared/batch-api/batch.ts";
import { isUnknown } from "../../../shared/batch-api/fault.ts";
import { LOST } from "../../../shared/contracts/shard.ts";
import { log } from "../../../shared/runtime/log.ts";
import { collectBatch, type ToCollect } from "../collecting/collect-batch.ts";
import type { HaltFault } from "../collecting/line-outcome.ts";
import { enqueuedTokens } from "../routes/enqueued.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";
import { ended, limitOf, refused } from "../routes/token-limit.ts";
import { cancelBatch } from "./cancel-batch.ts";
import { createBatch } from "./create-batch.ts";
import type { Step } from "./next-step.ts";
import { publishOnline } from "./publish-online.ts";
import { refusalOfAll, refusedLines } from "./refused-batch.ts";
import { splitSend } from "./split-send.ts";
import type { Standing } from "./standing.ts";
import { uploadSend } from "./upload-send.ts";

/** Files that came cut short so often are believed: what they lack is sent again. */
const BELIEVED_AFTER = 8;
const LOST_ROWS = "The provider no longer knows its batch.";

/** Takes a send one state further. @returns why its job must halt, if so */
export async function takeStep(
  context: RouteContext,
  work: Work,
  step: Step,
  { standing, failures }: { standing: Standing; failures: number },
): Promise<HaltFault | undefined> {
  const { book } = context;
  const { key, send } = work;
  switch (step) {
    case "drop":
    case "finish":
      await book.editSend(key, send.number, () => ({
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
async function closeIfStopped({ book }: RouteContext, { key }: Work, standing: Standing): Promise<void> {
  if (standing.cancel)
    await book.edit(key, (shard) => (shard.closed ? undefined : { ...shard, closed: true }));
}

async function collect(
  context: RouteContext,
  work: Work,
  standing: Standing,
  failures: number,
): Promise<HaltFault | undefined> {
  const { key, send } = work;
  const toCollect = { ...work, standing, believeShort: failures >= BELIEVED_AFTER };
  if (send.batch!.status === LOST) {
    return await collectBatch(context, toCollect, { lines: new Map(), message: LOST_ROWS });
  }
  try {
    return await collectKnown(context, toCollect);
  } catch (error) {
    // It is looked for from now on, as those are that have not ended.
    if (isUnknown(error)) await context.book.editSend(key, send.number, () => ({ endedAtMs: null }));
    throw error;
  }
}

async function collectKnown(context: RouteContext, work: ToCollect): Promise<HaltFault | undefined> {
  const { account, send, shard, standing } = work;
  if (send.batch!.status !== "failed") {
    const halt = await collectBatch(context, work, undefined);
    ended(context.tokens);
    return halt;
  }
  const batch = await account.api.retrieveBatch(send.batch!.id, { signal: context.signal });
  if (isOverTokenLimit(batch) && standing.submit) {
    await backToQueue(context, work, errorsOf(batch).join("; "));
    return undefined;
  }
  const halt = await collectBatch(context, work, refusedLines(shard, send, batch));
  return (standing.submit ? refusalOfAll(batch) : undefined) ?? halt;
}

/** The batch would have held too many tokens beside the others: nothing was paid, and it is created later. */
async function backToQueue(context: RouteContext, { key, send }: Work, message: string): Promise<void> {
  const { book, tokens, route } = context;
  const others = enqueuedTokens(book.all());
  refused(tokens, { message, tokens: send.promptTokens, others, nowMs: performance.now() });
  const most = limitOf(tokens);
  log().info({ route, limit: most, refused: send.promptTokens }, "the provider takes no more tokens now");
  await book.edit(key, (shard) => {
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
