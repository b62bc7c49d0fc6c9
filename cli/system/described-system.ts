import { plainBaseUrl } from "../../shared/annotators/registry/endpoint.ts";
import type { CliConfig } from "../config.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import type { ModelsFile } from "../generate/models-file.ts";
import { homeAt } from "../supervisor/home.ts";
import { runningState } from "../supervisor/state.ts";
import { describedAnnotators } from "./described-annotators.ts";
import type { RunFlags } from "./run-flags.ts";

/** The file of annotators of a system that is brought up for models which files of models describe; undefined for none. */
export function annotatorsFor(
  described: ModelsFile["described"],
  flags: RunFlags,
  config: CliConfig,
): string | undefined {
  if (Object.keys(described).length === 0) return undefined;
  return describedAnnotators(homeAt(config.home), findAnnotatorsFile(config, flags.annotators), described);
}

/** The flags with that file, unless a system runs that has its own: it must know the models, which is asked of it later. */
export function withAnnotators<Flags extends RunFlags>(
  flags: Flags,
  annotators: string | undefined,
  { natsUrl, home }: CliConfig,
): Flags {
  if (annotators === undefined || natsUrl !== undefined) return flags;
  const running = runningState(homeAt(home));
  return running === undefined || running.annotators === annotators ? { ...flags, annotators } : flags;
}

/** Where the models are, as a running system must know them. */
export function describedUrls(described: ModelsFile["described"]): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(described).flatMap(([name, { base_url: url }]) =>
      typeof url === "string" ? [[name, plainBaseUrl(url)] as const] : [],
    ),
  );
}
