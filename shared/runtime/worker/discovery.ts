import type { HaltReason } from "../../contracts/collector-questions.ts";
import type { RequestJob } from "../../contracts/job-entry.ts";
import { workerOf } from "../../lanes.ts";
import { jobChanged, readStreamName } from "../../topology.ts";
import type { Broker } from "../broker.ts";
import { askToHalt } from "../halting.ts";
import { log } from "../log.ts";
import type { Held, Store } from "../store.ts";
import { streamsOf } from "../streams.ts";
import { Halts } from "./halts.ts";
import { keepLooking } from "./keep-looking.ts";
import type { Ending } from "./session-ending.ts";

/** A service's work at one stream of a job. */
export interface Session {
  /** It takes no new work any more: the stream may be taken up anew. */
  readonly ending: Promise<unknown>;
  readonly closed: Promise<unknown>;
  /** Revision of the job's entry at which it asked for the job's halt. */
  readonly haltedAt: number | undefined;
  close(ending: Ending): Promise<void>;
}

/** What is needed for a session is there; or why the job must rest; undefined: there is nothing to do for it now. */
export type Prepared = { begin(): Session } | { refused: HaltReason } | undefined;

export interface DiscoveryOptions {
  broker: Broker;
  store: Store<RequestJob>;
  /** The service's name: streams are taken up whose messages it takes out. */
  service: string;
  /** Subjects of such streams. */
  subjects: string;
  prepare(entry: Held<RequestJob>, stream: string): Promise<Prepared>;
}

/** Finds jobs by their streams, and keeps a session for each stream. */
export interface Discovery {
  /** Has looked at least once. */
  ready(): boolean;
  /** Ends all sessions, and resolves when they are closed. May be called again, with an ending that is quicker. */
  close(ending: Ending): Promise<void>;
}

export function openDiscovery({ broker, store, service, subjects, prepare }: DiscoveryOptions): Discovery {
  /** By stream; those that end no longer stand here. */
  const open = new Map<string, Session>();
  const ending = new Set<Session>();
  const halts = new Halts();
  const stopping = new AbortController();

  const takeUp = async (stream: string) => {
    const found = readStreamName(stream);
    if (found === undefined || open.has(stream) || stopping.signal.aborted) return;
    const entry = await store.get(found.job);
    if (entry === undefined || workerOf(stream, entry.value.spec.dispatch) !== service) return;
    if (halts.awaits(found.job, entry.revision, performance.now())) return;
    const prepared = await prepare(entry, stream);
    if (prepared === undefined || stopping.signal.aborted) return;
    const { id: job, run } = entry.value;
    if ("begin" in prepared) return hold(stream, entry.value, prepared.begin());
    halts.remember(job, entry.revision, performance.now());
    void askToHalt(broker, { job, run, state: "paused", reason: prepared.refused }, stopping.signal);
  };
  const hold = (stream: string, { id: job, run }: RequestJob, session: Session) => {
    open.set(stream, session);
    log().info({ job, run, stream }, "working for the job");
    void session.closed.then(() => ending.delete(session));
    void session.ending.then(() => {
      open.delete(stream);
      ending.add(session);
      if (session.haltedAt !== undefined) halts.remember(job, session.haltedAt, performance.now());
      log().info({ job, run, stream }, "no longer working for the job");
    });
  };
  const looking = keepLooking({
    broker,
    news: [jobChanged("*")],
    what: "jobs",
    look: async () => {
      for (const stream of await streamsOf(broker, subjects)) await takeUp(stream);
    },
  });
  return {
    ready: looking.ready,
    close: async (how) => {
      stopping.abort();
      void looking.stop();
      await Promise.all([...open.values(), ...ending].map((session) => session.close(how)));
    },
  };
}
