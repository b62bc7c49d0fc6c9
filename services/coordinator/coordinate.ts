import { resolve } from "node:path";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { JobEntry } from "../../shared/contracts/job-entry.ts";
import { JobProgress } from "../../shared/contracts/job-progress.ts";
import { PlanProgress } from "../../shared/contracts/plan-progress.ts";
import { Shard } from "../../shared/contracts/shard.ts";
import { DEFAULT_HUB } from "../../shared/datasets/hub/hub-access.ts";
import { openBlobs } from "../../shared/runtime/blobs.ts";
import { openLeases } from "../../shared/runtime/lease.ts";
import type { Running, Runtime } from "../../shared/runtime/process/run.ts";
import { takeSubmissions } from "../../shared/runtime/pulling/submissions.ts";
import { openStore } from "../../shared/runtime/store.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { BUCKETS } from "../../shared/topology.ts";
import { answerJobsApi } from "./answering/jobs-api.ts";
import { listenToPulses } from "./answering/pulses.ts";
import type { CoordinatorConfig } from "./config.ts";
import type { CoordinatorContext } from "./context.ts";
import { loadSubmitting } from "./kinds/job-kinds.ts";
import { claimJobs } from "./owning/claim-jobs.ts";
import { sweepStreams } from "./owning/sweep.ts";
import { executeSubmission } from "./submitting/execute-submission.ts";

/** Opens what a coordinator works with and starts its parts: submissions, the jobs API, owned jobs, the sweeper. */
export async function coordinate(config: CoordinatorConfig, runtime: Runtime): Promise<Running> {
  const { broker } = runtime;
  const registry = loadRegistry({ file: config.ASSAY_ANNOTATORS, openaiBaseUrl: config.OPENAI_BASE_URL });
  await ensureTopology(broker);
  const [folders, closed] = [config.ASSAY_DATA_ROOTS, config.ASSAY_CLOSED_FOLDERS].map(foldersOf);
  const context: CoordinatorContext = {
    broker,
    replica: runtime.replica,
    jobs: await openStore(broker, BUCKETS.jobs, JobEntry),
    progress: await openStore(broker, BUCKETS.progress, JobProgress),
    plans: await openStore(broker, BUCKETS.plans, PlanProgress),
    shards: await openStore(broker, BUCKETS.shards, Shard),
    blobs: openBlobs(broker),
    leases: await openLeases(broker, runtime.replica, config.ASSAY_JOB_LEASE_MS),
    registry,
    roots: { folders: folders!, closed: closed! },
    grantKey: config.ASSAY_GRANT_KEY,
    ackWaitMs: config.ASSAY_ACK_WAIT_MS,
    maxRunningJobs: config.ASSAY_MAX_RUNNING_JOBS,
    hub: {
      endpoint: (config.HF_ENDPOINT ?? DEFAULT_HUB).replace(/\/+$/, ""),
      token: config.HF_TOKEN,
      cacheFolder: config.ASSAY_CACHE ?? resolve(folders![0]!, ".assay-cache"),
    },
    pulses: listenToPulses(broker),
    stopping: runtime.stopping,
  };
  await loadSubmitting();
  const api = answerJobsApi(context);
  if (config.ASSAY_ONLY_ANSWERS) return { ready: () => true, drain: async () => api.stop() };
  const claims = claimJobs(context);
  const submissions = takeSubmissions(broker, (message) => executeSubmission(context, message, claims.look));
  const sweeper = sweepStreams(context);
  return {
    ready: () => true,
    drain: async () => {
      sweeper.stop();
      api.stop();
      await Promise.all([submissions.stop(), claims.stop()]);
    },
  };
}

function foldersOf(list: string): string[] {
  return list
    .split(":")
    .filter(Boolean)
    .map((folder) => resolve(folder));
}
