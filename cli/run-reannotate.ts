import { loadRegistry } from "../shared/annotators/registry.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "./commands/reannotate.ts";
import { upDetached } from "./commands/up.ts";
import { readCliConfig } from "./config.ts";
import { findAnnotatorsFile } from "./find-annotators-file.ts";
import { onInterrupt } from "./interrupt.ts";
import { typedJob } from "./job-message.ts";
import { dryRun, preview } from "./preview.ts";
import { reannotate } from "./reannotate.ts";
import { homeAt } from "./supervisor/home.ts";
import { runningState } from "./supervisor/state.ts";

const MOST_PREVIEWS = 100;

/** What `assay reannotate` does, by its flags. @returns the exit code */
export async function runReannotate(
  flags: Flags & Record<string, unknown>,
  argv: readonly string[],
): Promise<number> {
  const config = readCliConfig();
  const file = findAnnotatorsFile(config, flags.annotators);
  const asksHere = flags.dryRun === true || flags.preview !== undefined;
  const typed = await typedJob(flags, config.natsUrl !== undefined && !asksHere);
  if (asksHere) {
    const annotator = loadRegistry({ file, openaiBaseUrl: config.openaiBaseUrl }).resolve(
      typed.values.annotator,
    );
    if (flags.dryRun) await dryRun(typed, annotator);
    else await preview(typed, annotator, rowsOf(flags.preview!), flags.json ?? false);
    return 0;
  }
  const home = homeAt(config.home);
  if (flags.detach && config.natsUrl === undefined && !runningState(home)) {
    const { annotators, simulator } = flags;
    await upDetached({ ...(annotators && { annotators }), ...(simulator && { simulator }) });
  }
  return await reannotate(typed, flags, config, file, onInterrupt(), argv);
}

function rowsOf(text: string): number {
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= 1 && rows <= MOST_PREVIEWS) return rows;
  throw new UserError(
    `--preview is ${JSON.stringify(text)}: give a whole number of rows from 1 to ${MOST_PREVIEWS}.`,
  );
}
