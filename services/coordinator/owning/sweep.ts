import { ENDED, isPlan } from "../../../shared/contracts/job-entry.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import { deleteStream, streamsOf } from "../../../shared/runtime/streams.ts";
import type { CoordinatorContext } from "../context.ts";

const SWEEP_MS = 60_000;
const ENDED_FOR_MS = 10 * 60_000;

/** Sweeps now and then until it is stopped. */
export function sweepStreams(context: CoordinatorContext): { stop(): void } {
  const timer = setInterval(() => {
    sweepOnce(context, Date.now()).catch((error: unknown) =>
      log().warn({ error: messageOf(error) }, "sweeping failed"),
    );
  }, SWEEP_MS);
  return { stop: () => clearInterval(timer) };
}

/** Deletes streams and shards of jobs that are gone, or ended some time ago: a crash at the wrong moment leaves them behind. */
export async function sweepOnce(context: Sweeping, nowMs: number): Promise<void> {
  const { broker, shards, blobs } = context;
  const subjects = ["t.>", "r.>", "v.>"];
  const names = await Promise.all(subjects.map((subject) => streamsOf(broker, subject)));
  for (const name of names.flat()) {
    const job = /_([0-9a-f]{16})_/.exec(name)?.[1];
    if (job === undefined) continue;
    if ((await isOver(context, job, nowMs)) && (await deleteStream(broker, name)))
      log().info({ stream: name }, "swept a stream of an ended job");
  }
  for (const [job, keys] of Map.groupBy(await shards.keys(), (key) => key.slice(0, key.indexOf(".")))) {
    if (!(await isOver(context, job, nowMs))) continue;
    await shards.erase(`${job}.>`);
    await blobs.remove(job);
    log().info({ job, shards: keys.length }, "swept the shards of an ended job");
  }
}

type Sweeping = Pick<CoordinatorContext, "broker" | "jobs" | "shards" | "blobs">;

async function isOver({ jobs }: Sweeping, job: string, nowMs: number): Promise<boolean> {
  const entry = (await jobs.get(job))?.value;
  if (entry === undefined) return true;
  const settling = !isPlan(entry) && entry.settling === true;
  return (
    ENDED.has(entry.state) && !settling && nowMs - Date.parse(entry.endedAt ?? entry.createdAt) > ENDED_FOR_MS
  );
}
