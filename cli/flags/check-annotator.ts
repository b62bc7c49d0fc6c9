import type { Annotator } from "../../shared/annotators/annotator.ts";
import { keyOnlyWithCaller, keyStatus } from "../../shared/annotators/keys.ts";
import { loadRegistry, type Registry } from "../../shared/annotators/registry/registry.ts";
import { checkAnnotator } from "../../shared/contracts/jobs-api.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { readVariable } from "../../shared/runtime/process/config.ts";
import type { CliConfig } from "../config.ts";
import type { JobToRun } from "../jobs/job-to-run.ts";
import type { Session } from "../jobs/session.ts";

/** What came of looking at the models of a job. */
export interface Checked {
  /** Where calls will go, each once. */
  baseUrls: string[];
  /** Sentences of models that cannot be used, where others can: those do not wait for them. */
  faults: string[];
}

/** The annotators as this command's own files and environment have them. @throws UserError for a wrong file */
export function registryHere(file: string | undefined, config: CliConfig): Registry {
  return loadRegistry({ file, openaiBaseUrl: config.openaiBaseUrl });
}

/** @throws UserError (exit code 3) where this environment has the keys of none of these annotators */
export function checkKeysHere(registry: Registry, names: readonly string[]): void {
  const faults = names.flatMap((name) => {
    const key = keyStatus(registry.resolve(name), readVariable);
    return key.ok ? [] : [key.fault];
  });
  if (faults.length > 0 && faults.length === names.length) {
    const simulated = names.some((name) => registry.resolve(name).keyVariable === "OPENAI_API_KEY");
    const trial = simulated ? " To try it without a key: --simulator." : "";
    throw new UserError(`${[...new Set(faults)].join("\n")}${trial}`, { exitCode: EXIT.couldNotRun });
  }
}

/**
 * Asks the running system whether it can use the annotators as the caller means them: it may have been started with
 * another environment.
 * @throws UserError (exit code 3) naming what differs and the way out, where it can use none of them
 */
export async function checkThere(
  session: Session,
  { annotators: names, described = new Map() }: Pick<JobToRun, "annotators" | "described">,
  file: string | undefined,
  config: CliConfig,
): Promise<Checked> {
  const check = async (name: string) => {
    const url = described.get(name);
    return url === undefined ? checkOne(session, name, file, config) : checkDescribed(session, name, url);
  };
  const checked = await Promise.all(names.map(check));
  const faults = checked.flatMap((one) => (one instanceof UserError ? [one] : []));
  if (faults.length > 0 && faults.length === names.length) {
    const said = [...new Set(faults.map((fault) => fault.message))].join("\n");
    throw new UserError(said, { exitCode: faults[0]!.exitCode });
  }
  const baseUrls = checked.flatMap((one) => (typeof one === "string" ? [one] : []));
  return { baseUrls: [...new Set(baseUrls)], faults: faults.map((fault) => fault.message) };
}

/** Where calls will go, or why there will be none. */
async function checkOne(
  session: Session,
  name: string,
  file: string | undefined,
  config: CliConfig,
): Promise<string | null | UserError> {
  const { fault, baseUrl } = await session.ask(checkAnnotator, { annotator: name });
  const mine = annotatorHere(name, file, config);
  if (fault !== null) {
    const key = mine && keyStatus(mine, readVariable);
    const onlyHere = mine?.keyVariable != null && key?.ok === true;
    return new UserError(onlyHere ? keyOnlyWithCaller(name, mine.keyVariable!) : fault, {
      exitCode: mine === undefined ? EXIT.badInput : EXIT.couldNotRun,
    });
  }
  if (
    config.openaiBaseUrl !== undefined &&
    mine?.provider === "openai" &&
    baseUrl !== null &&
    mine.baseUrl !== baseUrl
  ) {
    const sentence = `OPENAI_BASE_URL is ${mine.baseUrl} here but ${baseUrl} in the running system: unset it here, or run \`assay down\` and then \`assay up\` in this shell.`;
    return new UserError(sentence, { exitCode: EXIT.couldNotRun });
  }
  return baseUrl;
}

/** A message cannot say where a model is: the system must have it in its own file. */
async function checkDescribed(session: Session, name: string, url: string): Promise<string | UserError> {
  const { fault, baseUrl } = await session.ask(checkAnnotator, { annotator: name });
  if (baseUrl === url) return fault === null ? url : new UserError(fault, { exitCode: EXIT.couldNotRun });
  const has = baseUrl === null ? "does not know it" : `has it at ${baseUrl}`;
  const sentence = `${name} is described at ${url}, but the running system ${has}: put it into the system's file of annotators and start it again, or run \`assay down\` first, and this command brings up its own.`;
  return new UserError(sentence, { exitCode: EXIT.couldNotRun });
}

/** Undefined where only the running system's registry has it. */
function annotatorHere(name: string, file: string | undefined, config: CliConfig): Annotator | undefined {
  try {
    return registryHere(file, config).resolve(name);
  } catch {
    return undefined;
  }
}
