import type { Registry } from "../../../shared/annotators/registry/registry.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { UserError } from "../../../shared/errors.ts";
import { type Account, openAccount } from "./account.ts";

/** The accounts that a route's jobs use: one for each address and set of headers, since the key is the route's. */
export interface Accounts extends AsyncDisposable {
  /** Or what is wrong with it, in one sentence, and under which code. */
  of(entry: RequestJob): { name: string; account: Account } | { code: string; fault: string };
}

export function openAccounts(registry: Registry): Accounts {
  const open = new Map<string, Account>();
  return {
    of: ({ spec }) => {
      try {
        const annotator = registry.resolve(spec.dispatch.annotator);
        const name = JSON.stringify([annotator.baseUrl, annotator.headers]);
        const known = open.get(name);
        if (known !== undefined) return { name, account: known };
        const account = openAccount(annotator);
        if ("fault" in account) return { code: "no_key", fault: account.fault };
        open.set(name, account);
        return { name, account };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { code: "unknown_annotator", fault: error.message };
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...open.values()].map((account) => account[Symbol.asyncDispose]()));
    },
  };
}
