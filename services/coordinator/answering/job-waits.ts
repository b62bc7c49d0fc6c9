import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobWait } from "../../../shared/contracts/jobs-api.ts";
import { PULSE_EVERY_MS } from "../../../shared/contracts/service-pulse.ts";
import { laneOf, readerOf } from "../../../shared/lanes.ts";
import type { FeltPulse, Pulses } from "./pulses.ts";

/** So long without a pulse, and a service is away. */
const AWAY_MS = 5 * PULSE_EVERY_MS;

/**
 * What a running job waits for: services that must work for it and are not there, and what those that are wait for.
 * @param nowMs Unix milliseconds
 */
export function waitsOf(
  { state, spec }: Pick<RequestJob, "state" | "spec">,
  pulses: Pick<Pulses, "sinceMs" | "last">,
  nowMs: number,
): JobWait[] {
  if (state !== "running") return [];
  const { dispatch } = spec;
  const reader = readerOf(dispatch).service;
  const services = [laneOf(dispatch).worker, ...(reader === null ? [] : [reader])];
  const felt = pulses.last();
  const away = services.flatMap((service) => {
    const own = felt.filter((pulse) => pulse.service === service);
    const lastMs = Math.max(pulses.sinceMs, ...own.map(({ atMs }) => atMs));
    if (nowMs - lastMs < AWAY_MS) return [];
    return [{ what: `a ${service}, none of which is there`, sinceMs: lastMs, untilMs: null }];
  });
  return [...away, ...longestOfEach(felt, dispatch.route, nowMs)];
}

/** Replicas that wait for the same wait together: the job goes on when the first of them does. */
function longestOfEach(felt: FeltPulse[], route: string, nowMs: number): JobWait[] {
  const fresh = felt.filter(({ atMs }) => nowMs - atMs < AWAY_MS);
  const all = fresh.flatMap(({ waits }) => waits.filter((wait) => wait.route === route));
  const byWhat = new Map<string, JobWait>();
  for (const { what, sinceMs, untilMs } of all) {
    const before = byWhat.get(what);
    const ends = [untilMs, before?.untilMs ?? null].filter((end) => end !== null);
    byWhat.set(what, {
      what,
      sinceMs: Math.min(sinceMs, before?.sinceMs ?? sinceMs),
      untilMs: ends.length === 0 ? null : Math.min(...ends),
    });
  }
  return [...byWhat.values()];
}
