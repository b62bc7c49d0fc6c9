import type { ProviderWords } from "./provider-words.ts";

/** Codes and types by which providers say that the account has nothing left. */
const CODES =
  /^(insufficient_quota(_error)?|billing_hard_limit_reached|billing_not_active|billing_error|insufficient_balance|insufficient_credits|credits_exhausted|arrearage|1113)$/i;
/** What they say where a code is missing, or means many things. */
const WORDS =
  /credit balance is too low|insufficient (account )?(balance|credits?|funds)|(used|exhausted) (up )?(all )?(of )?(your |the |its )?(available )?credits|out of credits|not enough (credits|balance)|monthly spending limit|billing hard limit|account is (in arrears|overdue)|please (recharge|top up)/i;
/** OpenAI's words for it; others say the same of a minute's limit, and then how long to wait. */
const PLAN = /exceeded your current quota/i;

/** Whether the account is used up: no call will succeed before a person has paid. */
export function isOutOfQuota(status: number, { code, type, message, waitMs }: ProviderWords): boolean {
  if (status === 402 || CODES.test(code) || CODES.test(type)) return true;
  if (status < 400 || status >= 500) return false;
  return WORDS.test(message) || (PLAN.test(message) && waitMs === null && !/retry in/i.test(message));
}
