import { loadRegistry } from "../../shared/annotators/registry.ts";
import { RequestJob } from "../../shared/contracts/job-entry.ts";
import { openLeases } from "../../shared/runtime/lease.ts";
import type { Running, Runtime } from "../../shared/runtime/run.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { BUCKETS } from "../../shared/topology.ts";
import { openChatClient } from "./calling/chat-client.ts";
import { answerChecks } from "./check-annotator.ts";
import type { DispatcherConfig } from "./config.ts";
import { openDiscovery } from "./jobs/discovery.ts";
import { openRoutes } from "./routes/routes.ts";

/** Calls that are open when the service is told to stop may take so long; the runtime gives 10 s for everything. */
const FINISH_MS = 7_500;

/** Works for all running jobs of the installation until it is drained. */
export async function startDispatcher(config: DispatcherConfig, runtime: Runtime): Promise<Running> {
  const { broker, replica } = runtime;
  const allowNoop = config.ASSAY_ALLOW_NOOP === "1";
  const registry = loadRegistry({ file: config.ASSAY_ANNOTATORS, openaiBaseUrl: config.OPENAI_BASE_URL });
  const store = await openStore(broker, BUCKETS.jobs, RequestJob);
  const leases = await openLeases(broker, replica, config.ASSAY_ROUTE_LEASE_MS);
  const client = openChatClient();
  const routes = openRoutes(broker, leases, replica, client);
  const process = crypto.randomUUID();
  let messages = 0;
  const discovery = openDiscovery({
    broker,
    store,
    replica,
    registry,
    routes,
    allowNoop,
    ackWaitMs: config.ASSAY_ACK_WAIT_MS,
    lastCallsMs: config.ASSAY_LAST_CALLS_MS,
    nextMessageId: (job, run) => `${job}/${run}/${process}/${++messages}`,
  });
  const checks = answerChecks(broker, registry, allowNoop);
  return {
    ready: discovery.ready,
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
