/** What a user may do at the broker; by subject, as nats-server writes them. A * stands for a whole token only. */
export interface BrokerPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** It answers `assay status`. */
const SHOWS_ITSELF = "api.services";
/** Who asks services questions, and waits for the answer in a box of its own. */
const [TO_COORDINATOR, TO_CLIENT] = ["_INBOX_coordinator.>", "_INBOX_client.>"];

/** It tells that it is there; nobody can tell it in its place. */
const beats = (service: string) => `events.pulse.${service}`;

/** It finds jobs by their streams, and reads their entries. */
const FINDS_JOBS = [
  "$JS.API.INFO",
  "$JS.API.STREAM.NAMES",
  "$JS.API.STREAM.INFO.KV_jobs",
  "$JS.API.DIRECT.GET.KV_jobs.>",
];

/** It takes messages out of jobs' streams by its own durable consumer. The streams come and go; the durable's name stays. */
const takesWork = (durable: string) => [
  `$JS.API.CONSUMER.INFO.*.${durable}`,
  `$JS.API.CONSUMER.MSG.NEXT.*.${durable}`,
  `$JS.ACK.*.${durable}.>`,
];

/** It holds leases whose keys begin so, and can neither take nor end another's. */
const holdsLeases = (kind: string) => [
  "$JS.API.STREAM.INFO.KV_leases",
  `$JS.API.DIRECT.GET.KV_leases.$KV.leases.${kind}.>`,
  `$KV.leases.${kind}.>`,
];

/**
 * The broker's users: who may say what to whom. deploy/nats.conf is made of this list (`npm run nats-conf`), passwords are
 * made up by it, and a service's user has the service's name. Null: may do everything in the account, as the coordinator
 * must, to whom streams and buckets belong. All others make, empty and delete no stream, no bucket and no consumer.
 */
export const BROKER_USERS = {
  coordinator: null,
  dispatcher: {
    publish: [
      ...FINDS_JOBS,
      ...takesWork("dispatcher"),
      ...holdsLeases("route"),
      ...["r.>", "v.>", "dead.>"],
      ...["collector.done.*", "jobs-control.halt"],
      beats("dispatcher"),
      "budget.>",
      // Replicas ask each other for their budget.
      "_INBOX_dispatcher.>",
      ...[TO_COORDINATOR, TO_CLIENT],
    ],
    subscribe: ["_INBOX_dispatcher.>", "budget.>", "events.>", "dispatchers.check", SHOWS_ITSELF],
  },
  judge: {
    publish: [
      ...FINDS_JOBS,
      ...takesWork("judge"),
      ...["r.>", "t.again.>", "t.reask.>", "dead.>"],
      beats("judge"),
      TO_CLIENT,
    ],
    subscribe: ["_INBOX_judge.>", "events.>", SHOWS_ITSELF],
  },
  "batch-supervisor": {
    publish: [
      ...FINDS_JOBS,
      ...holdsLeases("batch"),
      "$JS.API.STREAM.INFO.KV_shards",
      "$JS.API.DIRECT.GET.KV_shards.>",
      "$KV.shards.>",
      "$JS.API.DIRECT.GET.BLOBS.>",
      ...["r.>", "v.>", "t.again.>", "events.shard.>"],
      beats("batch-supervisor"),
      ...["collector.done.*", "jobs-control.halt"],
      ...[TO_COORDINATOR, TO_CLIENT],
    ],
    subscribe: ["_INBOX_batch-supervisor.>", "events.>", "batch-supervisors.check", SHOWS_ITSELF],
  },
  client: {
    publish: ["jobs.*", "api.>", "dispatchers.check", "batch-supervisors.check", "_INBOX_client.>"],
    // Tools of others listen for answers below _INBOX.
    subscribe: ["_INBOX_client.>", "_INBOX.>", "events.>"],
  },
} as const satisfies Record<string, BrokerPermissions | null>;

export type BrokerUser = keyof typeof BROKER_USERS;
export const BROKER_USER_NAMES = Object.keys(BROKER_USERS) as BrokerUser[];
