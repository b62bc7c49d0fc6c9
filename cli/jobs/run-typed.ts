import { rowsKindNamed } from "../../services/coordinator/kinds/job-kinds.ts";
import { refuseIfNoneCan } from "../../shared/annotators/call.ts";
import type { Registry } from "../../shared/annotators/registry/registry.ts";
import { readCliConfig } from "../config.ts";
import { askHere } from "../estimate/ask-here.ts";
import { estimateQuickly } from "../estimate/job-estimate.ts";
import { jobsHere } from "../estimate/jobs-here.ts";
import { annotatorsFor, describedUrls, withAnnotators } from "../system/described-system.ts";
import type { JobToRun } from "./job-to-run.ts";
import { wayOf } from "./line-ways.ts";
import { runJob } from "./run-job.ts";
import type { TypedByFlags, TypedFlags, TypedJob } from "./typed-by-flags.ts";

/** What the command of a kind does, by its flags. @returns the exit code */
export async function runTyped(
  kind: string,
  typedBy: TypedByFlags,
  flags: TypedFlags,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const way = wayOf(flags, typedBy);
  if (way === "other") return await (await typedBy.otherWay!.run())(flags, config);
  const read = await typedBy.read();
  const typed = await read(flags, config.natsUrl !== undefined && way === "job");
  const annotators = annotatorsFor(typed.described ?? {}, flags, config);
  if (way !== "job") return await askHere(way, kind, typed, { flags, config, annotators });
  return await runJob(jobOf(kind, typed, typedBy), withAnnotators(flags, annotators, config), config, argv);
}

/** A job of a kind that has rows, checked by what the kind says of its calls. */
function jobOf(
  kind: string,
  { message, described = {} }: TypedJob,
  { watchCommand }: TypedByFlags,
): JobToRun {
  const { calls } = rowsKindNamed(kind).stage.check(message);
  return {
    kind,
    message,
    annotators: [...new Set(calls.map(({ annotator }) => annotator))],
    check: (registry) => refuseIfNoneCan(calls, registry),
    estimate: async (registry: Registry, allRows, signal) =>
      await estimateQuickly((await jobsHere(kind, message, registry)).jobs, allRows, signal),
    ...(watchCommand && { watchCommand }),
    described: describedUrls(described),
  };
}
