import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { RequestJob } from "../../shared/contracts/job-entry.ts";
import { openLeases } from "../../shared/runtime/lease.ts";
import type { Running, Runtime } from "../../shared/runtime/process/run.ts";
import { openStore } from "../../shared/runtime/store.ts";
import type { ChunkSessionPorts } from "../../shared/runtime/worker/chunk-session.ts";
import { openDiscovery } from "../../shared/runtime/worker/discovery.ts";
import { BUCKETS, CHUNK_STREAMS } from "../../shared/topology.ts";
import { openChatClient } from "./calling/chat-client.ts";
import { answerChecks } from "./check-annotator.ts";
import type { DispatcherConfig } from "./config.ts";
import { countResults } from "./jobs/count-results.ts";
import { prepareSession } from "./jobs/prepare-session.ts";
import { openRoutes } from "./routes/routes.ts";

/** Calls that are open when the service is told to stop may take so long; the runtime gives 10 s for everything. */
const FINISH_MS = 7_500;

/** Works for all running jobs of the installation until it is drained. */
export async function startDispatcher(config: DispatcherConfig, runtime: Runtime): Promise<Running> {
  const { broker, name: service, replica } = runtime;
  const allowNoop = config.ASSAY_ALLOW_NOOP === "1";
  const registry = loadRegistry({ file: config.ASSAY_ANNOTATORS, openaiBaseUrl: config.OPENAI_BASE_URL });
  const store = await openStore(broker, BUCKETS.jobs, RequestJob);
  const leases = await openLeases(broker, replica, config.ASSAY_ROUTE_LEASE_MS);
  const client = openChatClient();
  const routes = openRoutes(broker, leases, replica, client);
  const process = crypto.randomUUID();
  let messages = 0;
  const session: ChunkSessionPorts = {
    broker,
    store,
    service,
    replica,
    ackWaitMs: config.ASSAY_ACK_WAIT_MS,
    lastCallsMs: config.ASSAY_LAST_CALLS_MS,
    nextMessageId: (job, run) => `${job}/${run}/${process}/${++messages}`,
    onStored: countResults,
  };
  const ports = { session, registry, routes, allowNoop };
  const discovery = openDiscovery({
    broker,
    store,
    service,
    subjects: CHUNK_STREAMS,
    prepare: (entry, stream) => prepareSession(ports, entry, stream),
  });
  const checks = answerChecks(broker, registry, allowNoop);
  return {
    ready: discovery.ready,
    waits: routes.waits,
    drain: async () => {
      checks.stop();
      const rest = setTimeout(() => void discovery.close("return"), FINISH_MS);
      await discovery.close("finish");
      clearTimeout(rest);
      await routes.close();
      await broker.nc.flush();
      await client.close();
    },
  };
}
