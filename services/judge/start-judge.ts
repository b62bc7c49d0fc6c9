import { RequestJob } from "../../shared/contracts/job-entry.ts";
import type { Running, Runtime } from "../../shared/runtime/process/run.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { openDiscovery } from "../../shared/runtime/worker/discovery.ts";
import { BUCKETS, REPLY_STREAMS, replyStream } from "../../shared/topology.ts";
import type { JudgeConfig } from "./config.ts";
import { openJudgeSession } from "./judge-session.ts";

/** Reads the replies of all jobs that are judged, found by their streams, until it is drained. */
export async function startJudge(config: JudgeConfig, runtime: Runtime): Promise<Running> {
  const { broker, name: service, replica } = runtime;
  const store = await openStore(broker, BUCKETS.jobs, RequestJob);
  const ports = { broker, store, service, replica, ackWaitMs: config.ASSAY_ACK_WAIT_MS };
  const discovery = openDiscovery({
    broker,
    store,
    service,
    subjects: REPLY_STREAMS,
    prepare: async (entry, stream) => {
      const { id, run } = entry.value;
      return stream === replyStream(id, run) ? { begin: () => openJudgeSession(ports, entry) } : undefined;
    },
  });
  return {
    ready: discovery.ready,
    drain: async () => {
      await discovery.close("return");
      await broker.nc.flush();
    },
  };
}
