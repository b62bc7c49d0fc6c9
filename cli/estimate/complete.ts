import type { Annotator } from "../../shared/annotators/annotator.ts";
import { keyStatus } from "../../shared/annotators/keys.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { callAddress } from "../../shared/providers/call-address.ts";
import { providerOf } from "../../shared/providers/providers.ts";
import { readVariable } from "../../shared/runtime/process/config.ts";
import { redact } from "../../shared/words/redact.ts";

/**
 * Makes one call outside any job. @returns the texts of all choices
 * @param given what to show the endpoint; undefined: the annotator's own key
 * @throws UserError (exit code 3) with what the provider said
 */
export async function complete(
  annotator: Annotator,
  given: string | undefined,
  body: string,
  signal: AbortSignal,
): Promise<string[]> {
  const status = given === undefined ? keyStatus(annotator, readVariable) : { ok: true as const, key: given };
  if (!status.ok) throw new UserError(status.fault, { exitCode: EXIT.couldNotRun });
  const { url, headers } = callAddress(annotator, status.key);
  const ends = AbortSignal.any([signal, AbortSignal.timeout(annotator.timeoutMs)]);
  const fail = (reason: string) => {
    const said = redact(reason.replace(/[.]$/, ""), status.key ? [status.key] : []);
    return new UserError(`The call to ${url} failed: ${said}.`, { exitCode: EXIT.couldNotRun });
  };
  const answer = await post(url, headers, body, ends).catch((cause: unknown) => {
    throw fail(messageOf((cause as Error).cause ?? cause));
  });
  const provider = providerOf(annotator);
  const completion = answer.status === 200 ? provider.readAnswer(answer.body) : undefined;
  if (completion !== undefined) return completion.choices.map(({ text, refusal }) => text ?? refusal ?? "");
  const fault = answer.status === 200 ? provider.classifyGarbage(answer.body) : provider.classify(answer);
  throw fail(fault.message.replace(/^The provider answers (\d+): /, "$1 "));
}

async function post(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal) {
  const response = await fetch(url, { method: "POST", headers, body, signal });
  const header = (name: string) => response.headers.get(name) ?? undefined;
  return { status: response.status, header, body: await response.text() };
}
