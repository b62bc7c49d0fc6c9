/**
 * What it means that the provider refuses to take something: a batch that failed as a whole (by its `errors`), or a call
 * that uploads a file or creates a batch. One list for all who send batches.
 *
 * | meaning    | what is done                                                                       |
 * |------------|------------------------------------------------------------------------------------|
 * | no_tokens  | the same batch again when others have ended: the key's batches hold too many tokens  |
 * | no_room    | the same call again, later: too many batches are open, or too many files are stored  |
 * | quota      | nothing before a person has paid: a job pauses, a command ends and can be repeated   |
 * | key        | nothing before a person has mended the key, in the same way                          |
 * | not_ready  | the same file again after growing waits: the provider does not see it yet            |
 * | model      | never: no batch of this model is taken                                               |
 * | hopeless   | never: the same requests would be refused again, whoever sends them and when         |
 * | passing    | again: another batch of the same requests may fare better                            |
 */
export type RefusalMeaning =
  | "no_tokens"
  | "no_room"
  | "quota"
  | "key"
  | "not_ready"
  | "model"
  | "hopeless"
  | "passing";

export interface RefusalFacts {
  /** Of the call; null: it is a batch that failed. */
  status: number | null;
  code: string;
  message: string;
  /** By the provider's words, in whatever form (providers/faults). */
  outOfQuota: boolean;
  /** Whether the call created a batch of a file that was uploaded before. */
  creates: boolean;
}

export interface RefusalRule {
  /** For tests and for people. */
  name: string;
  holds(facts: RefusalFacts): boolean;
  means: RefusalMeaning;
}

const NO_TOKENS = /^(enqueued_?)?token_?limit_?exceeded$/i;
const NO_TOKENS_SAID = /enqueued[ _-]tokens?\b.*\b(limit|surpassed|exceed)|limit.*\benqueued[ _-]tokens?\b/i;
const NO_ROOM =
  /^(too_many_(active_)?batch(es)?|(active_)?batch(es)?_limit_(exceeded|reached)|too_many_files|file_(count_)?(limit|quota)_(exceeded|reached)|(file_)?storage_(limit|quota)_(exceeded|reached))$/i;
const ROOM_OF_BATCHES =
  /\b(active|concurrent|pending|running|open|in.progress|outstanding|queued) batch(es)? (limit|quota)|(maximum|max(imum)? number of|limit of|limit on|too many) [^.]{0,30}\b(active|concurrent|pending|running|open|in.progress|outstanding|queued) batch(es)?\b|too many batches\b/i;
const ROOM_OF_FILES =
  /\b(files?|storage)\b[^.]{0,40}\b(quota|limit)\b[^.]{0,40}\b(reached|exceeded|full)|\b(exceed(s|ed)?|reached|over)\b[^.]{0,40}\b(files?|storage)\b[^.]{0,20}\b(quota|limit)|\bfiles\b[^.]{0,40}\b(exceed(s|ed)?|reached)\b[^.]{0,20}\b(quota|limit|maximum)|too many files|maximum number of (uploaded |stored )?files/i;
/** A file that is too large stays so. */
const ONE_FILE = /\bsize\b|too (large|big)/i;
const KEY = /permission|unauthori[sz]ed|authentication|invalid_api_key/i;
const NOT_READY =
  /no such file|file\b[^.]{0,60}\b(not (be )?found|does not exist|not (yet )?(ready|processed|available|uploaded)|still (being )?process|pending)|(wait|until)[^.]{0,40}\bprocessed\b/i;
const MODEL = /^(model_not_found|model_mismatch|invalid_model)$/;
const HOPELESS = /model|billing|quota|endpoint|url|empty|unsupported|invalid/;

/** The first rule that holds counts; the last one always does. */
export const REFUSAL_POLICY: readonly RefusalRule[] = [
  {
    name: "tokens that wait for their turn",
    holds: ({ code, message }) => NO_TOKENS.test(code) || NO_TOKENS_SAID.test(message),
    means: "no_tokens",
  },
  { name: "a code of no room", holds: ({ code }) => NO_ROOM.test(code), means: "no_room" },
  { name: "batches that are open", holds: ({ message }) => ROOM_OF_BATCHES.test(message), means: "no_room" },
  {
    name: "files that are stored",
    holds: ({ message }) => ROOM_OF_FILES.test(message) && !ONE_FILE.test(message),
    means: "no_room",
  },
  { name: "the account has nothing left", holds: ({ outOfQuota }) => outOfQuota, means: "quota" },
  {
    name: "a key that may not",
    holds: ({ status, code }) => status === 401 || status === 403 || (status === null && KEY.test(code)),
    means: "key",
  },
  { name: "the model", holds: ({ code }) => MODEL.test(code), means: "model" },
  {
    name: "a file that is not seen yet",
    holds: ({ creates, status, message }) =>
      creates && (status === 404 || ((status === 400 || status === 409) && NOT_READY.test(message))),
    means: "not_ready",
  },
  {
    name: "a code of what stays wrong",
    holds: ({ status, code }) => status === null && HOPELESS.test(code),
    means: "hopeless",
  },
  {
    name: "any other refusal of a call",
    holds: ({ status }) => status !== null && status < 500 && ![408, 409, 425, 429].includes(status),
    means: "hopeless",
  },
  { name: "anything else", holds: () => true, means: "passing" },
];

export function refusalMeaning(facts: RefusalFacts): RefusalMeaning {
  return REFUSAL_POLICY.find(({ holds }) => holds(facts))!.means;
}
