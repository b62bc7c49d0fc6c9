import type { Registry } from "../../../shared/annotators/registry.ts";
import { loadTokenizer } from "../../../shared/annotators/tokens.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { messageOf, UserError } from "../../../shared/errors.ts";
import { workerOf } from "../../../shared/lanes.ts";
import { askToHalt } from "../../../shared/runtime/halting.ts";
import { log } from "../../../shared/runtime/log.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import type { Held } from "../../../shared/runtime/store.ts";
import { streamsOf } from "../../../shared/runtime/streams.ts";
import { jobChanged, readStreamName } from "../../../shared/topology.ts";
import type { Routes } from "../routes/routes.ts";
import { endpointOf } from "./endpoint.ts";
import { type Ending, type JobSession, openJobSession, type SessionPorts } from "./job-session.ts";

/** Finds running jobs by their work streams, and keeps a session for each. */
export interface Discovery {
  /** Has looked at least once. */
  ready(): boolean;
  /** Ends all sessions, and resolves when they are closed. */
  close(ending: Ending): Promise<void>;
}

export interface DiscoveryPorts extends SessionPorts {
  registry: Registry;
  routes: Routes;
  allowNoop: boolean;
}

const SCAN_MS = 1_000;
/** A halt that nobody carried out: the job is tried again. */
const HALT_REMEMBERED_MS = 15_000;

export function openDiscovery(ports: DiscoveryPorts): Discovery {
  const { broker, store, registry, routes } = ports;
  /** By stream. */
  const sessions = new Map<string, JobSession>();
  const closing = new Set<JobSession>();
  const opening = new Set<string>();
  const halts = new Map<string, { revision: number; atMs: number }>();
  const stopping = new AbortController();
  let looked = false;

  const remember = (job: string, revision: number) => halts.set(job, { revision, atMs: performance.now() });
  const wasHalted = (job: string, revision: number) => {
    const halt = halts.get(job);
    return halt?.revision === revision && performance.now() - halt.atMs < HALT_REMEMBERED_MS;
  };
  const open = async (job: string, stream: string) => {
    if (sessions.has(stream) || opening.has(stream) || stopping.signal.aborted) return;
    opening.add(stream);
    try {
      const entry = await store.get(job);
      if (entry === undefined || workerOf(stream, entry.value.spec.dispatch) !== "dispatcher") return;
      if (entry.value.state === "running" && !wasHalted(job, entry.revision)) await start(entry, stream);
    } finally {
      opening.delete(stream);
    }
  };
  const start = async (entry: Held<RequestJob>, stream: string) => {
    const { id, run, spec } = entry.value;
    const { dispatch } = spec;
    const refuse = (code: string, message: string) => {
      remember(id, entry.revision);
      void askToHalt(broker, { job: id, run, state: "paused", reason: { code, message } }, stopping.signal);
    };
    try {
      const annotator = registry.resolve(dispatch.annotator);
      const status = endpointOf(annotator, ports.allowNoop);
      if (!status.ok)
        return refuse("no_key", `${status.fault} Then start Assay again and run "assay resume ${id}".`);
      const counts = dispatch.limits.tokensPerMinute !== "unlimited";
      const tokenizer = counts ? await loadTokenizer(annotator.tokenizer) : undefined;
      if (stopping.signal.aborted) return;
      const route = routes.of(dispatch.route);
      const session = openJobSession(ports, {
        entry,
        stream,
        annotator,
        endpoint: status.endpoint,
        tokenizer,
        route,
      });
      sessions.set(stream, session);
      log().info({ job: id, route: dispatch.route, run }, "working for the job");
      void session.closed.then(() => closing.delete(session));
      void session.ending.then(() => {
        sessions.delete(stream);
        closing.add(session);
        if (session.haltedAt !== undefined) remember(id, session.haltedAt);
        log().info({ job: id, run }, "no longer working for the job");
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refuse("unknown_annotator", error.message);
    }
  };
  const scan = async () => {
    for (const stream of await streamsOf(broker, "t.*.*.*")) {
      const found = readStreamName(stream);
      if (found) await open(found.job, stream);
    }
    looked = true;
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await scan().catch((error) =>
        log().warn({ error: messageOf(error) }, "looking for jobs failed, trying again"),
      );
      await new Promise((resolve) => setTimeout(resolve, SCAN_MS).unref());
    }
  };
  const changes = onBroadcast(broker, jobChanged("*"), (subject) => {
    const job = subject.slice(jobChanged("").length);
    for (const session of [...sessions.values(), ...closing]) if (session.job === job) void session.refresh();
    if (![...sessions.values()].some((session) => session.job === job)) void scan().catch(() => {});
  });
  void loop();

  return {
    ready: () => looked,
    close: async (ending) => {
      stopping.abort();
      changes.stop();
      await Promise.all([...sessions.values(), ...closing].map((session) => session.close(ending)));
    },
  };
}
