import { join } from "node:path";
import type { PartialOptions } from "../services/openai-simulator/options.ts";
import { benchArguments } from "./support/arguments.ts";
import { cancel, follow, submit } from "./support/job.ts";
import { openReport } from "./support/report.ts";
import { shortRows, writeRows } from "./support/rows.ts";
import { firstSecond, rateOver, type SteadyRate } from "./support/steady-rate.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// How much of a provider's limits is used, against a simulator that refuses every call above them: by the limit that
// binds, the way in which tokens are charged, and the number of replicas. And what a wrong limit costs.

const REQUESTS_PER_MINUTE = 30_000;
const TOKENS_PER_MINUTE = 3_000_000;
const SETTLING_SECONDS = 5;
const SPARE_SECONDS = 15;
const TOO_HIGH = 1.5;

/** What makes one limit the tighter one: the length of answers, and how many tokens they may have. */
interface Variant {
  charges: "usage" | "max_tokens" | "larger";
  tighter: "requests" | "tokens";
  answerTokens: string;
  maxTokens: number;
}

const VARIANTS: Variant[] = [
  { charges: "usage", tighter: "requests", answerTokens: "uniform:10-30", maxTokens: 256 },
  { charges: "usage", tighter: "tokens", answerTokens: "lognormal:150,0.3", maxTokens: 600 },
  { charges: "max_tokens", tighter: "requests", answerTokens: "uniform:5-20", maxTokens: 25 },
  { charges: "max_tokens", tighter: "tokens", answerTokens: "lognormal:60,0.5", maxTokens: 180 },
];

/** What `charges: auto` has to find out, and where. */
const LEARNT: Omit<Variant, "charges"> = {
  tighter: "tokens",
  answerTokens: "lognormal:60,0.5",
  maxTokens: 600,
};
const SILENT_SERVERS = [
  { burstSeconds: 1, headers: false },
  { burstSeconds: 60, headers: false },
  { burstSeconds: 1, headers: true },
];
const LEARNING_SECONDS = 30;

const args = benchArguments();
const seconds = args.seconds ?? (args.quick ? 5 : 30);
const replicas = args.replicas ?? (args.quick ? [2] : [1, 2, 8]);
const folder = benchFolder(args.keep);
const title = `Limits: ${REQUESTS_PER_MINUTE} requests and ${TOKENS_PER_MINUTE} tokens a minute, burst 1 s, ${seconds} s after the first ${SETTLING_SECONDS}`;
const report = await openReport("limits", title, folder);
let runs = 0;

for (const variant of VARIANTS) {
  for (const count of replicas) {
    const rate = await measure(variant, { dispatchers: count, factor: 1, headers: true, charges: "auto" });
    const name = `charging ${variant.charges}, ${variant.tighter} bind, ${count} replica${count > 1 ? "s" : ""}`;
    const used = usedOf(rate);
    const value = 100 * used[variant.tighter];
    report.figure({ what: `${name}: used`, value, unit: "%", atLeast: 97 });
    report.figure({ what: `${name}: 429s`, value: 100 * rate.refusedShare, unit: "%", atMost: 0.1 });
    report.figure({
      what: `${name}: 429s from the start`,
      value: 100 * rate.refusedShareFromStart,
      unit: "%",
    });
    const other = variant.tighter === "tokens" ? used.requests : used.tokens;
    report.check(`${name}: it was the tighter limit`, used[variant.tighter] > other);
  }
}
await measureTooHigh(VARIANTS[0]!);
for (const charges of ["usage", "max_tokens", "larger"] as const)
  for (const server of SILENT_SERVERS) await measureLearning({ ...LEARNT, charges }, server);
report.close();

/** Nobody says how tokens are charged, and the answers do not show it, or only where a bucket holds a second. */
async function measureLearning(
  variant: Variant,
  server: { burstSeconds: number; headers: boolean },
): Promise<void> {
  const { burstSeconds, headers } = server;
  const run = { dispatchers: 1, factor: 1, headers, charges: "auto" as const, burstSeconds };
  const rate = await measure(variant, {
    ...run,
    settlingSeconds: args.quick ? SETTLING_SECONDS : LEARNING_SECONDS,
  });
  const what = `auto, charging ${variant.charges}, burst ${burstSeconds} s, ${headers ? "with" : "no"} headers`;
  report.figure({ what: `${what}: used`, value: 100 * usedOf(rate).tokens, unit: "%", atLeast: 95 });
  const value = 100 * rate.refusedShareFromStart;
  report.figure({ what: `${what}: 429s from the start`, value, unit: "%", atMost: 0.5 });
}

/** Where no headers tell how tokens are charged, the user says it: else it would be taken to be max_tokens. */
async function measureTooHigh(variant: Variant): Promise<void> {
  for (const headers of [true, false]) {
    const charges = headers ? "auto" : "usage";
    const right = await measure(variant, { dispatchers: 1, factor: 1, headers, charges });
    const wrong = await measure(variant, { dispatchers: 1, factor: TOO_HIGH, headers, charges });
    const value = (100 * wrong.requestsPerSecond) / right.requestsPerSecond;
    const what = `given ${TOO_HIGH} times the true limit, ${headers ? "with" : "no"} x-ratelimit headers`;
    report.figure({ what: `${what}: of the right one's throughput`, value, unit: "%", atLeast: 90 });
    report.figure({ what: `${what}: 429s`, value: 100 * wrong.refusedShare, unit: "%" });
    const { requestsPerSecond } = right;
    report.figure({ what: "the right one's throughput", value: requestsPerSecond, unit: "requests/s" });
  }
}

/** Who works, and what the job says. */
interface Run {
  dispatchers: number;
  /** Given limits are the true ones times this. */
  factor: number;
  headers: boolean;
  charges: "auto" | "usage" | "max_tokens";
  burstSeconds?: number;
  settlingSeconds?: number;
}

/** Runs a job against a fresh system, so that nothing learnt before helps. */
async function measure(variant: Variant, run: Run): Promise<SteadyRate> {
  const { dispatchers, factor, burstSeconds = 1, settlingSeconds = SETTLING_SECONDS } = run;
  const simulator: PartialOptions = {
    requestsPerMinute: REQUESTS_PER_MINUTE,
    tokensPerMinute: TOKENS_PER_MINUTE,
    burstSeconds,
    charges: variant.charges,
    answerTokens: variant.answerTokens,
    latency: "lognormal:200ms,0.3",
    rateHeaders: run.headers,
  };
  const system = await startSystem(join(folder, `run-${++runs}`), { dispatchers, simulator });
  try {
    const dataset = join(system.data, "rows.jsonl");
    const rows = (REQUESTS_PER_MINUTE / 60) * (settlingSeconds + seconds + SPARE_SECONDS);
    await writeRows(dataset, shortRows(Math.ceil(rows)));
    const job = await submit(system.broker, {
      dataset,
      annotator: ANNOTATOR,
      save_dir: join(system.data, "out"),
      max_tokens: variant.maxTokens,
      max_requests_per_minute: REQUESTS_PER_MINUTE * factor,
      max_tokens_per_minute: TOKENS_PER_MINUTE * factor,
      charges: run.charges,
      format: "jsonl",
    });
    const rate = await steadyRate(system.simulator, settlingSeconds);
    await cancel(system.broker, job);
    await follow(system.broker, job, { withinMs: 30_000 });
    return rate;
  } finally {
    await system[Symbol.asyncDispose]();
  }
}

async function steadyRate(
  simulator: { stats(): Promise<Parameters<typeof rateOver>[0]> },
  settlingSeconds: number,
): Promise<SteadyRate> {
  for (;;) {
    const stats = await simulator.stats();
    const from = (firstSecond(stats) ?? Number.POSITIVE_INFINITY) + settlingSeconds;
    if (stats.seconds > from + seconds) return rateOver(stats, from, seconds);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Parts of the two limits that were used. */
function usedOf(rate: SteadyRate): Record<Variant["tighter"], number> {
  return {
    requests: rate.requestsPerSecond / (REQUESTS_PER_MINUTE / 60),
    tokens: rate.tokensPerSecond / (TOKENS_PER_MINUTE / 60),
  };
}
