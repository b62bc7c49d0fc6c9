import type { Registry } from "../../../shared/annotators/registry/registry.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Lease } from "../../../shared/runtime/lease.ts";
import type { Account } from "./account.ts";
import type { RouteJobs } from "./route-jobs.ts";
import type { RouteShards } from "./route-shards.ts";
import type { TokenLimit } from "./token-limit.ts";

/** What the steps of a route work with. */
export interface RouteContext {
  readonly broker: Broker;
  readonly blobs: Blobs;
  readonly registry: Registry;
  readonly replica: string;
  readonly installation: string;
  readonly route: string;
  readonly lease: Lease;
  /** Aborts when this replica no longer holds the route, or stops. */
  readonly signal: AbortSignal;
  readonly routeShards: RouteShards;
  readonly jobs: RouteJobs;
  readonly tokens: TokenLimit;
  /** How long the results of a batch that has ended may be missing before a person is told. */
  readonly resultsWaitMs: number;
  /** Files of the provider that are not needed any more stay there. */
  readonly keepsFiles: boolean;
}

/** One send, and what it is to be worked on with. */
export interface Work {
  key: string;
  shard: Shard;
  send: ShardSend;
  entry: RequestJob;
  account: Account;
}

/** Only the holder of the lease may act: one that slept must find that out before it acts. */
export class LeaseLost extends Error {
  override name = "LeaseLost";
}

export function requireLease({ lease, signal }: Pick<RouteContext, "lease" | "signal">): void {
  signal.throwIfAborted();
  if (!lease.valid()) throw new LeaseLost("another replica may hold the route now");
}
