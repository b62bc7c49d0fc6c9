import type { BudgetAnswer } from "../../../shared/contracts/route-budget.ts";
import { accept, type HeldBudget, isEmpty, nothingHeld } from "./held-budget.ts";

/** Budget that is held until it is spent or its time is over. */
export interface Holding {
  readonly held: HeldBudget;
  accept(grant: BudgetAnswer): void;
  /** Returns now what is held. */
  giveBack(): void;
  close(): void;
}

/** @param returned is given what was not spent */
export function openHolding(now: () => number, returned: (held: HeldBudget) => void): Holding {
  const held = nothingHeld();
  let expiry: NodeJS.Timeout | undefined;
  const giveBack = () => {
    if (isEmpty(held)) return;
    returned({ ...held });
    Object.assign(held, { requests: 0, tokens: 0, probe: false });
  };
  const expire = () => {
    const leftMs = held.validUntilMs - now();
    expiry = leftMs > 0 ? setTimeout(expire, leftMs + 1) : undefined;
    if (leftMs <= 0) giveBack();
  };
  return {
    held,
    accept: (grant) => {
      accept(held, grant, now());
      expiry ??= setTimeout(expire, grant.validMs + 1);
    },
    giveBack,
    close: () => {
      clearTimeout(expiry);
      giveBack();
    },
  };
}
