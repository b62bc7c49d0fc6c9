import { hash } from "node:crypto";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { RequestJob } from "../../shared/contracts/job-entry.ts";
import { Shard } from "../../shared/contracts/shard.ts";
import { openBlobs } from "../../shared/runtime/blobs.ts";
import { openLeases } from "../../shared/runtime/lease.ts";
import type { Running, Runtime } from "../../shared/runtime/process/run.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { BUCKETS } from "../../shared/topology.ts";
import { answerChecks } from "./check-annotator.ts";
import type { BatchSupervisorConfig } from "./config.ts";
import { claimRoutes, type HeldRoute } from "./routes/claim-routes.ts";
import { driveRoute } from "./routes/drive-route.ts";
import { openRouteJobs } from "./routes/route-jobs.ts";
import { openRouteShards } from "./routes/route-shards.ts";
import { tokenLimit } from "./routes/token-limit.ts";

/** Opens what the supervisor works with, and drives the batches of the routes that it can have. */
export async function supervise(config: BatchSupervisorConfig, runtime: Runtime): Promise<Running> {
  const { broker, replica, stopping } = runtime;
  const registry = loadRegistry({ file: config.ASSAY_ANNOTATORS, openaiBaseUrl: config.OPENAI_BASE_URL });
  const jobs = await openStore(broker, BUCKETS.jobs, RequestJob);
  const shards = await openStore(broker, BUCKETS.shards, Shard);
  const leases = await openLeases(broker, replica, config.ASSAY_BATCH_LEASE_MS);
  const blobs = openBlobs(broker);
  const drive = async ({ route, lease, signal, wake, jobs: ofRoute }: HeldRoute) => {
    const routeShards = openRouteShards(broker, shards);
    const entries = openRouteJobs(broker, jobs, () => wake.notify());
    const given = await enqueuedTokensOf(ofRoute());
    // The same for all replicas, and another one where everything began anew.
    const installation = hash("sha256", `assay ${await shards.born()}`).slice(0, 16);
    const tokens = tokenLimit(given);
    const own = { broker, blobs, registry, replica, installation, route };
    const { ASSAY_BATCH_RESULTS_WAIT_MS: resultsWaitMs, ASSAY_BATCH_KEEP_FILES: keepsFiles } = config;
    const context = { ...own, lease, signal, routeShards, jobs: entries, tokens, resultsWaitMs, keepsFiles };
    try {
      await driveRoute({
        context,
        wake,
        jobsOfRoute: ofRoute,
        parallelUploads: config.ASSAY_PARALLEL_UPLOADS,
      });
    } finally {
      entries.stop();
    }
  };
  const enqueuedTokensOf = async (names: readonly string[]): Promise<number | null> => {
    const entries = await Promise.all(names.map((name) => jobs.get(name)));
    const given = entries.flatMap((held) => held?.value.spec.dispatch.batch?.enqueuedTokens ?? []);
    return given.length === 0 ? null : Math.min(...given);
  };
  const checks = answerChecks(broker, registry);
  const claims = claimRoutes({ broker, jobs, shards, leases, stopping, drive });
  return {
    ready: claims.ready,
    drain: async () => {
      checks.stop();
      await claims.stop();
    },
  };
}
