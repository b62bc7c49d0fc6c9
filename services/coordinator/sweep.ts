import { ENDED } from "../../shared/contracts/job-entry.ts";
import { messageOf } from "../../shared/errors.ts";
import { log } from "../../shared/runtime/log.ts";
import { deleteStream, streamsOf } from "../../shared/runtime/streams.ts";
import type { Shop } from "./shop.ts";

const SWEEP_MS = 60_000;
const ENDED_FOR_MS = 10 * 60_000;

/** Sweeps now and then until it is stopped. */
export function sweepStreams(shop: Shop): { stop(): void } {
  const timer = setInterval(() => {
    sweepOnce(shop, Date.now()).catch((error: unknown) =>
      log().warn({ error: messageOf(error) }, "sweeping failed"),
    );
  }, SWEEP_MS);
  return { stop: () => clearInterval(timer) };
}

/** Deletes streams of jobs that are gone, or ended some time ago: a crash at the wrong moment leaves them behind. */
export async function sweepOnce(
  { broker, jobs }: Pick<Shop, "broker" | "jobs">,
  nowMs: number,
): Promise<void> {
  const subjects = ["t.>", "r.>", "v.>"];
  const names = await Promise.all(subjects.map((subject) => streamsOf(broker, subject)));
  for (const name of names.flat()) {
    const job = /_([0-9a-f]{16})_/.exec(name)?.[1];
    if (job === undefined) continue;
    const entry = (await jobs.get(job))?.value;
    const over =
      entry === undefined ||
      (ENDED.has(entry.state) && nowMs - Date.parse(entry.endedAt ?? entry.createdAt) > ENDED_FOR_MS);
    if (over && (await deleteStream(broker, name)))
      log().info({ stream: name }, "swept a stream of an ended job");
  }
}
