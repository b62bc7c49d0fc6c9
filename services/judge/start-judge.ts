import { RequestJob } from "../../shared/contracts/job-entry.ts";
import { messageOf } from "../../shared/errors.ts";
import { workerOf } from "../../shared/lanes.ts";
import { log } from "../../shared/runtime/log.ts";
import { onBroadcast } from "../../shared/runtime/requests.ts";
import type { Running, Runtime } from "../../shared/runtime/run.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { streamsOf } from "../../shared/runtime/streams.ts";
import type { Work } from "../../shared/runtime/work.ts";
import { BUCKETS, jobChanged, readStreamName } from "../../shared/topology.ts";
import type { JudgeConfig } from "./config.ts";
import { openJudgeSession } from "./judge-session.ts";

const SCAN_MS = 1_000;

/** Reads the replies of all jobs that are judged, found by their streams, until it is drained. */
export async function startJudge(config: JudgeConfig, { broker, replica }: Runtime): Promise<Running> {
  const store = await openStore(broker, BUCKETS.jobs, RequestJob);
  const ports = { broker, store, replica, ackWaitMs: config.ASSAY_ACK_WAIT_MS };
  const sessions = new Map<string, Work>();
  let looked = false;
  let stopped = false;
  let scanning: Promise<void> | undefined;

  const open = async (stream: string) => {
    const found = readStreamName(stream);
    if (found === undefined || sessions.has(stream)) return;
    const entry = (await store.get(found.job))?.value;
    if (entry === undefined || String(entry.run) !== found.of || stopped || sessions.has(stream)) return;
    if (workerOf(stream, entry.spec.dispatch) !== "judge") return;
    const session = openJudgeSession(ports, entry);
    sessions.set(stream, session);
    log().info({ job: entry.id, run: entry.run }, "judging the job's replies");
    void session.ended.then(() => sessions.delete(stream));
  };
  const scanAll = async () => {
    for (const stream of await streamsOf(broker, "v.*.*")) await open(stream);
    looked = true;
  };
  const scan = (): void => {
    if (stopped) return;
    scanning ??= scanAll()
      .catch((error: unknown) =>
        log().warn({ error: messageOf(error) }, "looking for replies failed, trying again"),
      )
      .finally(() => {
        scanning = undefined;
      });
  };
  const changes = onBroadcast(broker, jobChanged("*"), scan);
  const timer = setInterval(scan, SCAN_MS);
  scan();
  return {
    ready: () => looked,
    drain: async () => {
      stopped = true;
      clearInterval(timer);
      changes.stop();
      await scanning;
      await Promise.all([...sessions.values()].map((session) => session.stop()));
      await broker.nc.flush();
    },
  };
}
