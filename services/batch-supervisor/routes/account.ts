import type { Annotator } from "../../../shared/annotators/annotator.ts";
import { keyStatus } from "../../../shared/annotators/keys.ts";
import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { providerOf } from "../../../shared/providers/providers.ts";
import { keepOutOfLogs, log } from "../../../shared/runtime/log.ts";
import { readVariable } from "../../../shared/runtime/process/config.ts";

/** The files and batches of a key at an endpoint. */
export interface Account extends AsyncDisposable {
  readonly api: BatchApi;
  readonly provider: Provider;
  /** Never shown, whatever the provider repeats of them. */
  readonly secrets: readonly string[];
}

/** Steps are tried again by whoever takes them, after a look at whether they are still wanted. */
const ATTEMPTS = 2;
const PATIENCE_MS = 0;

/** @returns what is wrong with the key, in one sentence, where there is none that could be used */
export function openAccount(annotator: Annotator): Account | { fault: string } {
  const status = keyStatus(annotator, readVariable);
  if (!status.ok) return { fault: status.fault };
  if (status.key !== undefined) keepOutOfLogs(status.key);
  const provider = providerOf(annotator);
  if (provider.batches === null) return { fault: `Annotator ${annotator.name} takes no batches.` };
  const api = provider.batches.open(annotator, status.key, {
    keySource: annotator.keyVariable ?? "the annotator's key_variable",
    attempts: ATTEMPTS,
    patienceMs: PATIENCE_MS,
    onWait: (waitMs, why) => log().info({ annotator: annotator.name, waitMs }, why),
  });
  return {
    api,
    provider,
    secrets: status.key === undefined ? [] : [status.key],
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}
