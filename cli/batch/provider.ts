import { readFileSync } from "node:fs";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import { keyStatus } from "../../shared/annotators/keys.ts";
import { openaiModel } from "../../shared/annotators/registry/built-in.ts";
import { openaiEndpoint } from "../../shared/annotators/registry/endpoint.ts";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { BatchApiError, isUnknown } from "../../shared/batch-api/fault.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { providerOf } from "../../shared/providers/providers.ts";
import { readVariable } from "../../shared/runtime/process/config.ts";
import { readCliConfig } from "../config.ts";
import { duration } from "../view/amounts.ts";
import { tell } from "../view/terminal.ts";

const OPENAI_KEY = "OPENAI_API_KEY";
const KEY_FILE = "openai.tok";
/** Shorter waits pass without a word. */
const LONG_WAIT_MS = 5_000;

/**
 * Works with the provider's files and batches; its faults come as sentences, without the key.
 * @param annotator whose provider it is, OpenAI if not given @throws UserError (exit code 3) where there is no key
 */
export async function withProvider<Result>(
  work: (api: BatchApi) => Promise<Result>,
  annotator?: Annotator,
): Promise<Result> {
  await using api = openAt(annotator, (waitMs) => {
    if (waitMs >= LONG_WAIT_MS)
      tell(`The provider takes no more for now: waiting ${duration(waitMs / 1000)}.`);
  });
  try {
    return await work(api);
  } catch (error) {
    throw error instanceof BatchApiError ? sentenceOf(error) : error;
  }
}

function openAt(annotator: Annotator | undefined, onWait: (waitMs: number) => void): BatchApi {
  const isOpenai = annotator === undefined || annotator.keyVariable === OPENAI_KEY;
  const whose = annotator ?? openaiModel("any", openaiEndpoint(readCliConfig().openaiBaseUrl));
  const status = isOpenai ? { ok: true as const, key: readKey() } : keyStatus(annotator, readVariable);
  if (!status.ok) throw new UserError(status.fault, { exitCode: EXIT.couldNotRun });
  const { batches } = providerOf(whose);
  if (batches === null) throw new UserError(`Annotator ${whose.name} takes no batches.`);
  const keySource = isOpenai ? `${OPENAI_KEY} or ${KEY_FILE}` : (whose.keyVariable ?? "no key");
  return batches.open(whose, status.key, { keySource, onWait });
}

function sentenceOf(error: BatchApiError): UserError {
  const permanent = error.fault.kind === "permanent";
  const wayOut = isUnknown(error) ? ": `assay batch list` shows what there is." : "";
  const sentence = wayOut === "" ? error.message : error.message.replace(/\.$/, wayOut);
  return new UserError(sentence, {
    cause: error,
    exitCode: permanent ? EXIT.badInput : EXIT.couldNotRun,
  });
}

/** OPENAI_API_KEY, or the file that OPENAI_API_KEY_FILE names, or openai.tok in this folder. */
function readKey(): string {
  const read = (name: string) => readVariable(name) ?? keyFile();
  const status = keyStatus({ name: "of the Batch API", keyVariable: OPENAI_KEY }, read);
  if (status.ok) return status.key!;
  const none = read(OPENAI_KEY) === undefined;
  const sentence = none
    ? `There is no key: export ${OPENAI_KEY}=<your key>, or put it into the file ${KEY_FILE} here.`
    : status.fault;
  throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
}

function keyFile(): string | undefined {
  try {
    return readFileSync(KEY_FILE, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${KEY_FILE} cannot be read (${messageOf(cause)}): check its permissions.`, {
      cause,
      exitCode: EXIT.couldNotRun,
    });
  }
}
