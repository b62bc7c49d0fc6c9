import { readFileSync } from "node:fs";
import OpenAI from "openai";
import { openaiEndpoint } from "../../shared/annotators/endpoint.ts";
import { keyStatus } from "../../shared/annotators/keys.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import { redact } from "../../shared/redact.ts";
import { readVariable } from "../../shared/runtime/config.ts";
import { readCliConfig } from "../config.ts";

const KEY_FILE = "openai.tok";
/** The client waits as long as Retry-After says, else 0.5 s to 8 s. */
const RETRIES = 4;

/** The provider's files and batches; errors come as sentences, without the key. */
export interface Provider {
  openai: OpenAI;
  /** @param subject what an unknown id is the id of, such as `batch batch_1` @throws UserError */
  call<Result>(subject: string, request: (openai: OpenAI) => Promise<Result>): Promise<Result>;
  /** The sentence of an error that a request threw. */
  sentence(subject: string, error: unknown): UserError;
}

/** @throws UserError (exit code 3) where there is no key */
export function openProvider(): Provider {
  const baseURL = openaiEndpoint(readCliConfig().openaiBaseUrl);
  const key = readKey();
  const openai = new OpenAI({ baseURL, apiKey: key, maxRetries: RETRIES });
  const sentence = (subject: string, error: unknown) => {
    if (error instanceof UserError) return error;
    const { text, exitCode } = describe(subject, error, baseURL);
    return new UserError(redact(text, [key]), { cause: error, exitCode });
  };
  return {
    openai,
    sentence,
    call: async (subject, request) => {
      try {
        return await request(openai);
      } catch (error) {
        throw sentence(subject, error);
      }
    },
  };
}

/** OPENAI_API_KEY, or the file that OPENAI_API_KEY_FILE names, or openai.tok in this folder. */
function readKey(): string {
  const read = (name: string) => readVariable(name) ?? keyFile();
  const status = keyStatus({ name: "of the Batch API", keyVariable: "OPENAI_API_KEY" }, read);
  if (status.ok) return status.key!;
  const none = read("OPENAI_API_KEY") === undefined;
  const sentence = none
    ? `There is no key: export OPENAI_API_KEY=<your key>, or put it into the file ${KEY_FILE} here.`
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

interface Described {
  text: string;
  exitCode: 2 | 3;
}

function describe(subject: string, error: unknown, baseUrl: string): Described {
  if (error instanceof OpenAI.APIConnectionError) {
    const why = reasonOf(error);
    return stop(
      `${baseUrl} cannot be reached (${why}): check the network and OPENAI_BASE_URL, and start again.`,
    );
  }
  if (!(error instanceof OpenAI.APIError)) throw error;
  const words = saidBy(error);
  if (error.status === 401) return stop(`The key is refused: ${words} Check OPENAI_API_KEY or ${KEY_FILE}.`);
  if (error.status === 403) return stop(`The key may not do this: ${words} Use a key with that permission.`);
  if (error.status === 404) {
    const text = `There is no ${subject} for this key at ${baseUrl}: \`assay batch list\` shows what there is.`;
    return { text, exitCode: EXIT.badInput };
  }
  if (error.status === 429) return stop(`The provider takes no more for now: ${words} Try again later.`);
  if (error.status !== undefined && error.status < 500) {
    return { text: `The provider refuses this: ${words}`, exitCode: EXIT.badInput };
  }
  return stop(`The provider failed with status ${error.status ?? "unknown"}: ${words} Try again later.`);
}

const stop = (text: string): Described => ({ text, exitCode: EXIT.couldNotRun });

/** The provider's words as one sentence on one line. */
function saidBy(error: InstanceType<typeof OpenAI.APIError>): string {
  const body = error.error as { message?: unknown } | undefined;
  const said = typeof body?.message === "string" && body.message !== "" ? body.message : error.message;
  return `${said.replace(/\s+/g, " ").trim().replace(/\.$/, "")}.`;
}

/** The innermost cause says most: a refused connection, an unknown host. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause !== undefined) return reasonOf(cause);
  return (error as NodeJS.ErrnoException).code ?? messageOf(error).replace(/\.$/, "");
}
