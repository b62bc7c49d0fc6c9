import type { Annotator } from "../shared/annotators/annotator.ts";
import { keyOnlyWithCaller, keyStatus } from "../shared/annotators/keys.ts";
import { loadRegistry } from "../shared/annotators/registry.ts";
import { buildRequest } from "../shared/annotators/request.ts";
import { checkAnnotator } from "../shared/contracts/jobs-api.ts";
import { parseReannotateMessage, samplingOf } from "../shared/contracts/reannotate-message.ts";
import { givenNames } from "../shared/contracts/sampling.ts";
import { EXIT, UserError } from "../shared/errors.ts";
import { readVariable } from "../shared/runtime/config.ts";
import type { CliConfig } from "./config.ts";
import type { TypedJob } from "./job-message.ts";
import type { Session } from "./session.ts";

/**
 * What a system that this command brings up would say of the annotator, said before: unknown name, parameters that it
 * does not take. @throws UserError
 */
export function checkHere(typed: TypedJob, file: string | undefined, config: CliConfig): Annotator {
  const registry = loadRegistry({ file, openaiBaseUrl: config.openaiBaseUrl });
  const annotator = registry.resolve(typed.values.annotator);
  requestOf(typed, annotator);
  return annotator;
}

/** @throws UserError (exit code 3) where the annotator needs a key that this environment has not */
export function checkKeyHere(annotator: Annotator): void {
  const key = keyStatus(annotator, readVariable);
  if (!key.ok) throw new UserError(key.fault, { exitCode: EXIT.couldNotRun });
}

/** The request body of the job but for its messages. @throws UserError for parameters that the model does not take */
export function requestOf(typed: TypedJob, annotator: Annotator): Record<string, unknown> {
  return buildRequest(
    annotator,
    samplingOf(parseReannotateMessage(typed.message)),
    givenNames(typed.message),
  );
}

/**
 * Asks the running system whether it can use the annotator as the caller means it: it may have been started with another
 * environment. @returns where calls will go; @throws UserError (exit code 3) naming what differs and the way out
 */
export async function checkThere(
  session: Session,
  name: string,
  file: string | undefined,
  config: CliConfig,
): Promise<string | null> {
  const { fault, baseUrl } = await session.ask(checkAnnotator, { annotator: name });
  const mine = annotatorHere(name, file, config);
  if (fault !== null) {
    const key = mine && keyStatus(mine, readVariable);
    const onlyHere = mine?.keyVariable != null && key?.ok === true;
    throw new UserError(onlyHere ? keyOnlyWithCaller(name, mine.keyVariable!) : fault, {
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
    throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
  }
  return baseUrl;
}

/** Undefined where only the running system's registry has it. */
function annotatorHere(name: string, file: string | undefined, config: CliConfig): Annotator | undefined {
  try {
    return loadRegistry({ file, openaiBaseUrl: config.openaiBaseUrl }).resolve(name);
  } catch {
    return undefined;
  }
}
